#pragma once

#include "crossfold/figure/figure.h"

#include "drawing.h"

namespace crossfold::figure {

enum class Headings { shown, hidden };

/// Places everything in pixels. `headings`: the figure's title and n. Where the width is too small
/// for the figure's panels beside one another, fewer are.
[[nodiscard]] Drawing lay_out(const Figure& figure, double width, Headings headings);

}  // namespace crossfold::figure
