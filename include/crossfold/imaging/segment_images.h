#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "crossfold/imaging/image_rows.h"
#include "crossfold/imaging/segmenter.h"

namespace crossfold {

struct SegmentedImages {
  std::vector<std::filesystem::path>
      masks;                    ///< relative to the masks' folder, by row; empty for bad images
  std::vector<BadImage> bad;    ///< could not be read or segmented, by row
  std::vector<BadImage> blank;  ///< show nothing (image_oddity), by row
  std::vector<BadImage> odd;    ///< have an unlikely mask (mask_oddity), by row
};

/// Writes the mask of each image as 0/255 PNG of the image's size into `folder`, named by the
/// image's path below the folder that all images share, no two alike, and `folder`/masks.csv
/// (columns image, mask), which read_mask_table reads. Nothing in the folder is overwritten:
/// Error{bad_input} where a mask would be written over an image, where another file than the mask
/// found now has its name, or where masks.csv names other masks. Error{io} when something cannot be
/// written.
[[nodiscard]] SegmentedImages segment_images(
    const std::filesystem::path& images_folder, std::span<const ImageRow> rows,
    const Segmenter& segmenter, const std::filesystem::path& folder, int threads,
    const std::function<void(std::size_t done, std::size_t of)>& progress = {});

}  // namespace crossfold
