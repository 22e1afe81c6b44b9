#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "crossfold/imaging/image_rows.h"

namespace crossfold {

/// Two images that show the same film.
struct DuplicatePair {
  std::size_t first = 0;  ///< rows of the input; first < second
  std::size_t second = 0;
  enum class Kind {
    exact,     ///< the same pixels
    near,      ///< cropped, rescaled, re-windowed or compressed again
    mirrored,  ///< likewise, and left is right
  } kind = Kind::near;
  double score = 1;    ///< correlation of fine detail once aligned, 1 for the same pixels
  int inliers = 0;     ///< local features that agree on the alignment
  double overlap = 1;  ///< share of the smaller image that both show

  bool operator==(const DuplicatePair&) const = default;
};

struct DuplicateSettings {
  int threads = 1;
  /// Most alike images, by a cheap signature, that each image is compared with in detail.
  int candidates = 12;
  /// Seen: films of other people below 0.3, other films of one person up to 0.57.
  double least_score = 0.5;
  int least_inliers = 12;
  double least_overlap = 0.5;
  /// Called on the caller's thread; `stage` says what is counted.
  std::function<void(const char* stage, std::size_t done, std::size_t of)> progress = {};
};

struct Duplicates {
  std::vector<DuplicatePair> pairs;  ///< best score first
  std::vector<BadImage> bad;         ///< could not be read, by row
  std::vector<BadImage> blank;       ///< show nothing (image_oddity), so not compared, by row
};

/// Finds images that show the same film under different patients (images of equal `groups` are not
/// compared).
///
/// 1. Signature: the ranks of the grays of a 16 x 16 thumbnail, so that any brightness or contrast
///    is the same; of 81 crops of each image (down to 80 % along each side) against the whole of
///    every other one, and of its mirror image. Cost grows with the square of the number of images:
///    5 us for two images and one core.
/// 2. The most alike pairs are aligned: SIFT features (Lowe 2004) of both, matched with the ratio
///    test, an affine map by RANSAC. Features are found once for each image.
/// 3. Score: the correlation of both images' fine detail (what a blur takes away, divided by its
///    local size) over the area that both show. Chests look alike, fine detail does not.
///
/// The result does not depend on the number of threads. Memory: 130 kB for each image.
[[nodiscard]] Duplicates find_duplicates(std::span<const std::filesystem::path> images,
                                         std::span<const std::string> groups,
                                         const DuplicateSettings& settings);

/// One name for all groups that pairs join: the first in order of bytes. `groups` as above.
[[nodiscard]] std::vector<std::string> merged_groups(std::span<const std::string> groups,
                                                     std::span<const DuplicatePair> pairs);

}  // namespace crossfold
