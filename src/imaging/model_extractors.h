#pragma once

#include <filesystem>
#include <memory>

#include "crossfold/imaging/extractor.h"

namespace crossfold {

/// A TorchScript module that takes [1, C, H, W] and gives the features. Loading one runs code that
/// it holds: the caller must have been told to trust it.
[[nodiscard]] std::unique_ptr<const Extractor> make_torchscript_extractor(
    const std::filesystem::path& model);

/// An ONNX graph, run by OpenCV's dnn.
[[nodiscard]] std::unique_ptr<const Extractor> make_onnx_extractor(
    const std::filesystem::path& model);

}  // namespace crossfold
