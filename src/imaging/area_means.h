#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace crossfold {

/// Resamples an image of 8 bits, row by row, to `side` x `side` by area means: each new pixel is
/// the mean over its rectangle of the old image, fractions of pixels counted. Returned are the sums
/// before the division by width * height (at most 255 times that), so nothing is rounded.
[[nodiscard]] std::vector<std::uint64_t> area_sums(std::span<const std::uint8_t> pixels, int width,
                                                   int height, int side);

}  // namespace crossfold
