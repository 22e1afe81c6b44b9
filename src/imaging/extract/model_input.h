#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "crossfold/core/strict_json.h"
#include "crossfold/imaging/gray_image.h"

namespace crossfold {

/// How an image becomes the input of a network, as the description beside a model says it.
struct ModelInput {
  /// Pixels. Images are resampled, a side that shrinks by area means, one that grows linearly; the
  /// aspect ratio is not kept.
  int width = 0;
  int height = 0;
  int channels = 1;          ///< 1, or 3 for the gray copied
  double low = 0;            ///< what black becomes
  double high = 1;           ///< what white becomes
  std::vector<double> mean;  ///< taken away, one a channel
  std::vector<double> std;   ///< divided by afterwards, one a channel

  /// [channels, height, width] floats.
  [[nodiscard]] std::vector<float> of(const GrayImage& image) const;
};

/// The keys width, height, channels, range, mean and std.
[[nodiscard]] ModelInput read_model_input(ObjectReader& reader);

/// FILE.json of the model in FILE.
[[nodiscard]] std::filesystem::path description_path(const std::filesystem::path& model);

/// Its text. Error{io} when the model or its description is missing.
[[nodiscard]] std::string read_description_text(const std::filesystem::path& model);

}  // namespace crossfold
