#pragma once

#include "crossfold/figure/figure.h"

#include "drawing.h"

namespace crossfold::figure {

/// Adds the marks of a panel, in order, in its plotting area.
void add_marks(Drawing& drawing, const Panel& panel, const Rect& plot);

}  // namespace crossfold::figure
