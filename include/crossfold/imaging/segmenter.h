#pragma once

#include <memory>
#include <string_view>

#include "crossfold/imaging/gray_image.h"
#include "crossfold/imaging/model_trust.h"

namespace crossfold {

/// Finds the lungs in an image. Its functions may be called by many threads at once.
class Segmenter {
 public:
  virtual ~Segmenter() = default;
  /// A mask of the image's size: 255 where the lungs are, else 0.
  [[nodiscard]] virtual GrayImage segment(const GrayImage& image) const = 0;
};

/// A model that train_segmenter has written, or "torchscript:FILE" with FILE.json beside it (see
/// jobs/export). Error{bad_input} for any other file or an error in FILE.json, Error{usage} for a
/// TorchScript file that is not trusted, Error{io}.
[[nodiscard]] std::unique_ptr<const Segmenter> load_segmenter(std::string_view name,
                                                              const ModelTrust& trust = {});

}  // namespace crossfold
