#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "crossfold/core/hash.h"

namespace crossfold {

/// For each image the hash of its size and decoded gray pixels, so that equal hashes mean equal
/// images whatever their files; nothing for an image that cannot be read.
[[nodiscard]] std::vector<std::optional<Digest>> pixel_hashes(
    std::span<const std::filesystem::path> images, int threads,
    const std::function<void(std::size_t done, std::size_t of)>& progress = {});

}  // namespace crossfold
