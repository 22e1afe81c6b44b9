#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "crossfold/imaging/gray_image.h"

namespace crossfold {

/// Where the lung masks of images are, by the images' absolute paths.
using MaskPaths = std::map<std::filesystem::path, std::filesystem::path>;

/// Reads a table of masks: a CSV file with the columns `image` and `column`, paths relative to its
/// folder; a line whose mask is empty is passed over. Without `column` the only one beside `image`
/// is taken. Error{bad_input} naming every bad line; Error{io}.
[[nodiscard]] MaskPaths read_mask_table(const std::filesystem::path& table,
                                        const std::optional<std::string>& column);

/// A sentence that counts and names the masks that are of none of these images, if there are any.
[[nodiscard]] std::optional<std::string> unused_masks(
    const MaskPaths& masks, const std::set<std::filesystem::path>& images);

/// A lung mask as it was read.
struct LungMask {
  GrayImage pixels;                   ///< 255 where the lungs are, else 0
  std::optional<std::string> oddity;  ///< what makes it unlikely: mask_oddity, or too many grays
  [[nodiscard]] bool is_empty_or_full() const;
};

/// A mask of an image of `width` x `height`. The lungs are the higher of two grays, whatever these
/// are (0 and 1, 0 and 255, 3 and 200); of more grays (JPEG, soft masks) all of 128 and more; an
/// image of one gray is empty where that is 0 and full elsewhere. Error{bad_input} with where =
/// `name` when the size is another one, or all of three and more grays lie below 128 (labels of
/// organs, or JPEG of 0 and 1); errors of decode_gray.
[[nodiscard]] LungMask decode_lung_mask(std::string_view bytes, const std::string& name, int width,
                                        int height);

/// The same for a file; also errors of read_gray_image.
[[nodiscard]] GrayImage read_lung_mask(const std::filesystem::path& path, int width, int height);

/// What makes a mask unlikely to show two lungs ("it covers 2 % of the image, ..."): an area below
/// 5 % or above 75 % of the image, more than half of its edge, or parts other than one or two large
/// ones (a part counts from 1 % of the image; four small ones are passed over). Nothing for a
/// plausible mask.
[[nodiscard]] std::optional<std::string> mask_oddity(const GrayImage& mask);

}  // namespace crossfold
