#pragma once

#include "crossfold/imaging/gray_image.h"

namespace crossfold {

/// 2 |A and B| / (|A| + |B|) of two masks of one size; 1 where both are empty.
[[nodiscard]] double dice(const GrayImage& a, const GrayImage& b);

}  // namespace crossfold
