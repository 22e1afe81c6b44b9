#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "crossfold/core/hash.h"
#include "crossfold/imaging/gray_image.h"
#include "crossfold/imaging/model_trust.h"

namespace crossfold {

/// Turns an image of any size into a fixed number of numbers. Its functions may be called by many
/// threads at once, and the numbers depend on the image alone.
class Extractor {
 public:
  virtual ~Extractor() = default;

  /// The first half of an embedding set's name: "texture".
  [[nodiscard]] virtual std::string name() const = 0;
  /// What made the numbers, with every version they hang on; stored beside them.
  [[nodiscard]] virtual std::string identity() const = 0;
  /// Hash of its weights; nothing for an extractor without any.
  [[nodiscard]] virtual std::optional<Digest> weights() const { return std::nullopt; }
  [[nodiscard]] virtual std::size_t dim() const = 0;
  /// Fills `out` [dim()]; Error{bad_input} when this image cannot be used.
  virtual void extract(const GrayImage& image, std::span<float> out) const = 0;
};

/// "texture", or a model from a file with FILE.json beside it (see jobs/export):
/// "torchscript:FILE", "onnx:FILE". Error{usage} lists the names that are known, or is of a
/// TorchScript file that is not trusted; Error{bad_input} says what is wrong with the model;
/// Error{io}.
[[nodiscard]] std::unique_ptr<const Extractor> make_extractor(std::string_view name,
                                                              const ModelTrust& trust = {});

[[nodiscard]] std::vector<std::string> extractor_names();

}  // namespace crossfold
