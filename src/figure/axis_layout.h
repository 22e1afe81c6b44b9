#pragma once

#include <vector>

#include "crossfold/figure/figure.h"
#include "crossfold/figure/scale.h"

#include "drawing.h"

namespace crossfold::figure {

inline constexpr double kTickText = 11;
inline constexpr double kAxisText = 12;

/// How an axis is labelled, and what room outside the plotting area that takes.
struct AxisPlan {
  std::vector<Tick> ticks;
  double label_width = 0;  ///< of a tick's label, at most
  double turn = 0;         ///< degrees by which the labels of a horizontal axis are turned up
  double room = 0;         ///< pixels
};

/// Of a vertical axis of a plotting area so high, in a cell so wide.
[[nodiscard]] AxisPlan plan_y(const Axis& axis, double height, double cell_width);
/// Of a horizontal axis of a plotting area so wide, with so much room on its left.
[[nodiscard]] AxisPlan plan_x(const Axis& axis, double width, double left);

/// Pixel of a value.
[[nodiscard]] double x_pixel(const Rect& plot, const Scale& scale, double value);
/// Numbers run upwards, categories downwards.
[[nodiscard]] double y_pixel(const Rect& plot, const Scale& scale, double value);

/// Grid lines, to be drawn before the marks.
void add_grid(Drawing& drawing, const Rect& plot, const Panel& panel, const AxisPlan& x,
              const AxisPlan& y);
/// Lines, ticks, their labels and the axes' names. `cell` holds plot and labels.
void add_axes(Drawing& drawing, const Rect& cell, const Rect& plot, const Panel& panel,
              const AxisPlan& x, const AxisPlan& y);

}  // namespace crossfold::figure
