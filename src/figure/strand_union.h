#pragma once

#include <vector>

#include "drawing.h"

namespace crossfold::figure {

/// Pixels between the places that a union of strands is drawn by: each is moved by 0.2 along each
/// axis at most, which is 0.29 in all.
inline constexpr double kUnionGrid = 0.4;

/// Polylines in pixels as moves and lines that cover each place once, however many strands run
/// through it: what a path that is stroked once shows of them. Places are whole multiples of
/// kUnionGrid. No place of a strand is further than 0.3 from what is drawn, and none of what is
/// drawn further than that from a strand. Where horizontal lines lie so close that strokes of
/// `width` pixels between kUnionGrid and twice that fill the area between them, vertical lines
/// inside of it are left out, since they would cover nothing else.
[[nodiscard]] std::vector<Step> strand_union(const std::vector<std::vector<XY>>& strands,
                                             double width);

}  // namespace crossfold::figure
