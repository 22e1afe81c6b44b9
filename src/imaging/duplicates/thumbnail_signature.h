#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "crossfold/imaging/gray_image.h"

namespace crossfold {

inline constexpr int kThumbnailSide = 16;
inline constexpr std::size_t kThumbnailPixels =
    static_cast<std::size_t>(kThumbnailSide) * kThumbnailSide;

/// The ranks of a thumbnail's pixels (equal ones share theirs), shifted to mean 0 and scaled to
/// length kThumbnailLength, then rounded: `likeness` of two is Spearman's correlation. All 0 for an
/// image of one gray. Whole numbers, so that sums are the same in any order.
using Thumbnail = std::array<std::int16_t, kThumbnailPixels>;
inline constexpr int kThumbnailLength = 8192;

/// Correlation from -1 to 1, in units of 1 / kThumbnailLength^2.
[[nodiscard]] inline std::int32_t likeness(const Thumbnail& a, const Thumbnail& b) {
  std::int32_t sum = 0;
  for (std::size_t i = 0; i < kThumbnailPixels; ++i) sum += std::int32_t{a[i]} * b[i];
  return sum;
}

/// What is kept of an image to find others that look like it, 7 kB.
class ThumbnailSignature {
 public:
  ThumbnailSignature() = default;
  explicit ThumbnailSignature(const GrayImage& image);

  [[nodiscard]] const Thumbnail& whole() const { return whole_; }
  /// Of the image with left and right exchanged.
  [[nodiscard]] Thumbnail mirrored() const;
  /// 81 windows of 100, 90 and 80 % along each side, the first of them the whole.
  [[nodiscard]] std::vector<Thumbnail> crops() const;

 private:
  std::vector<std::uint8_t> base_;  // the image at 80 x 80
  Thumbnail whole_{};
};

}  // namespace crossfold
