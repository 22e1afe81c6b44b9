#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "crossfold/core/hash.h"

namespace crossfold {

/// An image by its pixels.
struct PixelHash {
  std::optional<Digest> digest;  ///< of its size and decoded grays; nothing where `problem` is not
  std::string problem;           ///< could not be read, or shows nothing (image_oddity)
};

/// One for each image: equal digests mean equal images, whatever their files. Images that show
/// nothing have none: they are alike whoever was X-rayed.
[[nodiscard]] std::vector<PixelHash> pixel_hashes(
    std::span<const std::filesystem::path> images, int threads,
    const std::function<void(std::size_t done, std::size_t of)>& progress = {});

}  // namespace crossfold
