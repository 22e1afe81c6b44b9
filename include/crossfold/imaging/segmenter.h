#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "crossfold/imaging/gray_image.h"

namespace crossfold {

/// Finds the lungs in an image. Its functions may be called by many threads at once.
class Segmenter {
 public:
  virtual ~Segmenter() = default;
  /// A mask of the image's size: 255 where the lungs are, else 0.
  [[nodiscard]] virtual GrayImage segment(const GrayImage& image) const = 0;
};

/// A model that train_segmenter has written; Error{bad_input} for any other file, Error{io}.
[[nodiscard]] std::unique_ptr<const Segmenter> load_segmenter(const std::filesystem::path& path);

}  // namespace crossfold
