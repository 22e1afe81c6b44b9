#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "crossfold/core/hash.h"
#include "crossfold/imaging/gray_image.h"

namespace crossfold {

/// What FILE.json says of the model in FILE: how an image becomes its input, and what comes out.
struct ModelDescription {
  std::string name;  ///< the first half of an embedding set's name: "densenet121-xrv"
  int width = 0;     ///< pixels; images are resampled by area means, the aspect ratio is not kept
  int height = 0;
  int channels = 1;          ///< 1, or 3 for the gray copied
  double low = 0;            ///< what black becomes
  double high = 1;           ///< what white becomes
  std::vector<double> mean;  ///< taken away, one a channel
  std::vector<double> std;   ///< divided by afterwards, one a channel
  std::string output;        ///< the output's name; empty: the only one
  std::size_t dim = 0;       ///< numbers that come out
  Digest weights;            ///< of the model's file
  std::string text;          ///< the description as written

  /// [channels, height, width] floats.
  [[nodiscard]] std::vector<float> input_of(const GrayImage& image) const;
};

/// Reads the description beside a model, and the model's hash. Error{bad_input} naming every
/// mistake, Error{io}.
[[nodiscard]] ModelDescription read_model_description(const std::filesystem::path& model);

}  // namespace crossfold
