#pragma once

#include <vector>

#include "crossfold/figure/figure.h"

#include "drawing.h"

namespace crossfold::figure {

/// Adds the legend below `top`, wrapped into lines that fit the drawing's width. Returns its
/// height.
double add_legend(Drawing& drawing, const std::vector<LegendEntry>& legend, double top);

/// What stands before an entry's label.
[[nodiscard]] Drawing lay_out_swatch(const LegendEntry& entry);

}  // namespace crossfold::figure
