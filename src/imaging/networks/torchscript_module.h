#pragma once

#include <filesystem>
#include <string>

#include <torch/script.h>

#include "crossfold/imaging/gray_image.h"

#include "model_input.h"

namespace crossfold {

/// A frozen network. Loading one runs code that the file holds: the caller must have been told to
/// trust it. Used by many threads at once, each of which computes alone.
class TorchScriptModule {
 public:
  /// Error{bad_input} for what LibTorch cannot load.
  explicit TorchScriptModule(const std::filesystem::path& file);

  /// What the module makes of one image, [1, channels, height, width] floats in, floats out.
  /// Error{bad_input} naming `model` when it fails.
  [[nodiscard]] torch::Tensor run(const ModelInput& input, const GrayImage& image,
                                  const std::string& model) const;

 private:
  torch::jit::Module module_;
};

}  // namespace crossfold
