#pragma once

#include <array>
#include <cstddef>

#include "canonical_image.h"

namespace crossfold {

inline constexpr std::size_t kLbpQuarters = 4;
inline constexpr std::size_t kLbpBins = 59;

/// The block `lbp` of texture_extractor.h before centring: [quarter][bin].
[[nodiscard]] std::array<double, kLbpQuarters * kLbpBins> local_binary_patterns(
    const CanonicalImage& image);

}  // namespace crossfold
