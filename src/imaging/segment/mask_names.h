#pragma once

#include <filesystem>
#include <map>
#include <span>

namespace crossfold {

/// A name for the mask of each image, relative to a folder of masks: the image's path below the
/// folder that all images share, with the ending .png in place of its own ("cohen/a.png" for
/// "/data/cohen/a.jpeg"). Where that would name two masks alike - in upper or lower case, as some
/// file systems do not tell these apart - or a mask like a folder or like masks.csv, the ending
/// stays ("a.jpg.png"), and where that is not enough, a hash of the path comes in. The names depend
/// on the set of images, not on their order. `images` are absolute and normal.
[[nodiscard]] std::map<std::filesystem::path, std::filesystem::path> mask_names(
    std::span<const std::filesystem::path> images);

}  // namespace crossfold
