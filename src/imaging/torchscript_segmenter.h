#pragma once

#include <filesystem>
#include <memory>

#include "crossfold/imaging/segmenter.h"

namespace crossfold {

/// A TorchScript module that takes [1, C, H, W] and gives a map for each organ, [1, organs, h, w],
/// or one map, [1, h, w] or [h, w]. FILE.json says which of them are lungs.
[[nodiscard]] std::unique_ptr<const Segmenter> make_torchscript_segmenter(
    const std::filesystem::path& model);

}  // namespace crossfold
