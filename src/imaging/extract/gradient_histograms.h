#pragma once

#include <array>
#include <cstddef>

#include "canonical_image.h"

namespace crossfold {

inline constexpr std::size_t kHogCells = 8;  // along each side
inline constexpr std::size_t kHogBins = 9;

/// The block `hog` of texture_extractor.h before centring: [cell row][cell column][orientation].
[[nodiscard]] std::array<double, kHogCells * kHogCells * kHogBins> gradient_histograms(
    const CanonicalImage& image);

}  // namespace crossfold
