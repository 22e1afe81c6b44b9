#pragma once

#include <array>
#include <vector>

#include "crossfold/imaging/gray_image.h"

namespace crossfold {

inline constexpr int kThumbnailSide = 16;
inline constexpr std::size_t kThumbnailPixels =
    static_cast<std::size_t>(kThumbnailSide) * kThumbnailSide;

/// The ranks of a thumbnail's pixels (equal ones share theirs), shifted to mean 0 and scaled to
/// length 1: the product of two is Spearman's correlation. All 0 for an image of one gray.
using Thumbnail = std::array<float, kThumbnailPixels>;

/// Thumbnails of one image.
struct ThumbnailSignature {
  Thumbnail whole{};
  Thumbnail mirrored{};          ///< of the image with left and right exchanged
  std::vector<Thumbnail> crops;  ///< windows of 100, 90 and 80 % along each side
};

[[nodiscard]] ThumbnailSignature thumbnail_signature(const GrayImage& image);

}  // namespace crossfold
