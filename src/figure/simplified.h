#pragma once

#include <vector>

#include "crossfold/figure/figure.h"

namespace crossfold::figure {

/// A polyline in pixels with fewer corners (Imai and Iri 1988, greedily): each place of it is at
/// most 0.2 from the one that is returned, and the other way; rounded to tenths, 0.3. Its ends
/// stay.
[[nodiscard]] std::vector<XY> simplified(const std::vector<XY>& strand);

}  // namespace crossfold::figure
