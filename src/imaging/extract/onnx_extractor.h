#pragma once

#include <filesystem>
#include <memory>

#include "crossfold/imaging/extractor.h"

namespace crossfold {

/// An ONNX graph, run by OpenCV's dnn.
[[nodiscard]] std::unique_ptr<const Extractor> make_onnx_extractor(
    const std::filesystem::path& model);

}  // namespace crossfold
