#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "crossfold/imaging/gray_image.h"

namespace crossfold {

/// Where the lung masks of images are, by the images' absolute paths.
using MaskPaths = std::map<std::filesystem::path, std::filesystem::path>;

/// Reads a table of masks: a CSV file with the columns `image` and `column`, paths relative to its
/// folder; a line whose mask is empty is passed over. Without `column` the only one beside `image`
/// is taken. Error{bad_input} naming every bad line; Error{io}.
[[nodiscard]] MaskPaths read_mask_table(const std::filesystem::path& table,
                                        const std::optional<std::string>& column);

/// Reads a mask: an image, white (128 and more) where the lungs are. Error{bad_input} when its size
/// is not `width` x `height`; errors of read_gray_image.
[[nodiscard]] GrayImage read_lung_mask(const std::filesystem::path& path, int width, int height);

/// What makes a mask unlikely to show two lungs ("it covers 2 % of the image, ..."): an area below
/// 5 % or above 75 % of the image, or parts other than one or two large ones (a part counts from 1
/// % of the image; four small ones are passed over). Nothing for a plausible mask.
[[nodiscard]] std::optional<std::string> mask_oddity(const GrayImage& mask);

}  // namespace crossfold
