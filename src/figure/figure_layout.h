#pragma once

#include <cstddef>
#include <vector>

#include "crossfold/figure/figure.h"

#include "drawing.h"

namespace crossfold::figure {

/// Places everything in pixels. Where the width is too small for the figure's panels beside one
/// another, fewer are.
[[nodiscard]] Drawing lay_out(const Figure& figure, double width);

/// Panels that stand above one another, the first and last of them.
struct PanelDrawing {
  std::size_t first = 0;  ///< index into Figure::panels
  std::size_t last = 0;
  Drawing drawing = {};
};
/// Each panel, with those stacked on it, as a drawing at most so wide; their plotting areas begin
/// at the same distance from the left.
[[nodiscard]] std::vector<PanelDrawing> lay_out_panels(const Figure& figure, double width);

}  // namespace crossfold::figure
