#include "axis_layout.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "font.h"
#include "utf8.h"

namespace crossfold::figure {
namespace {

constexpr double kTick = 4;         ///< length
constexpr double kLabelGap = 3;     ///< between tick and label
constexpr double kMiddle = 0.35;    ///< from a base line up to the middle of small letters
constexpr double kLineHigh = 1.15;  ///< height of a line over the size of its text

std::size_t count(double room, double each) {
  return static_cast<std::size_t>(std::max(2.0, std::floor(room / each)));
}

double widest(const std::vector<Tick>& ticks) {
  double width = 0;
  for (const Tick& tick : ticks) width = std::max(width, text_width(tick.label, kTickText));
  return width;
}

/// Whether labels on one line keep a gap.
bool fit_beside(const std::vector<Tick>& ticks, const Scale& scale, double width) {
  constexpr double kBetween = 8;
  double end = -1e9;
  for (const Tick& tick : ticks) {
    if (tick.label.empty()) continue;
    const double middle = scale.position(tick.at) * width;
    const double half = text_width(tick.label, kTickText) / 2;
    if (middle - half < end + kBetween) return false;
    end = middle + half;
  }
  return true;
}

void plan_x_categories(AxisPlan& plan, const Axis& axis, double width, double left) {
  constexpr double kLongest = 170;
  constexpr double kSlant = 40;
  const double pitch =
      width / std::max<double>(1, static_cast<double>(axis.scale.categories.size()));
  plan.ticks = ticks(axis.scale, axis.scale.categories.size());
  if (widest(plan.ticks) <= pitch - 8) {
    plan.label_width = pitch - 8;
    return;
  }
  const double cosine = std::cos(kSlant * std::numbers::pi / 180);
  const bool slanted =
      pitch >= 15 && std::all_of(plan.ticks.begin(), plan.ticks.end(), [&](const Tick& tick) {
        const double reach = std::min(text_width(tick.label, kTickText), kLongest) * cosine;
        return reach <= left + (tick.at + 0.5) * pitch - 4;
      });
  plan.turn = slanted ? kSlant : 90;
  plan.label_width = slanted ? kLongest : 130;
  plan.ticks = ticks(axis.scale, count(width, kTickText * (slanted ? 1.4 : kLineHigh)));
}

}  // namespace

double x_pixel(const Rect& plot, const Scale& scale, double value) {
  return plot.left + scale.position(value) * plot.width;
}

double y_pixel(const Rect& plot, const Scale& scale, double value) {
  const double share = scale.position(value);
  return scale.kind == ScaleKind::category ? plot.top + share * plot.height
                                           : plot.bottom() - share * plot.height;
}

AxisPlan plan_y(const Axis& axis, double height, double cell_width) {
  AxisPlan plan;
  if (axis.ticks == AxisTicks::labelled) {
    const bool names = axis.scale.kind == ScaleKind::category;
    plan.ticks = ticks(axis.scale, count(height, names ? kTickText * kLineHigh : 28));
    plan.label_width = std::min(widest(plan.ticks), (names ? 0.38 : 0.5) * cell_width);
    plan.room = kTick + kLabelGap + plan.label_width;
  }
  if (!axis.label.empty()) plan.room += kAxisText * kLineHigh + 6;
  plan.room += 4;
  return plan;
}

AxisPlan plan_x(const Axis& axis, double width, double left) {
  AxisPlan plan;
  if (axis.ticks == AxisTicks::labelled) {
    double labels = kTickText * kLineHigh;
    if (axis.scale.kind == ScaleKind::category) {
      plan_x_categories(plan, axis, width, left);
      const double turn = plan.turn * std::numbers::pi / 180;
      const double used = std::min(widest(plan.ticks), plan.label_width);
      if (plan.turn > 0) labels = used * std::sin(turn) + kTickText * std::cos(turn) + 2;
    } else {
      std::size_t most = std::min<std::size_t>(count(width, 28), 11);
      do plan.ticks = ticks(axis.scale, most--);
      while (most >= 2 && !fit_beside(plan.ticks, axis.scale, width));
      plan.label_width = width;
    }
    plan.room = kTick + kLabelGap + labels;
  }
  if (!axis.label.empty()) plan.room += kAxisText * kLineHigh + 5;
  plan.room += 4;
  return plan;
}

void add_grid(Drawing& drawing, const Rect& plot, const Panel& panel, const AxisPlan& x,
              const AxisPlan& y) {
  PathItem grid{.stroke = Stroke{.colour = Colour::grid, .width = 1}};
  if (panel.x.grid == GridLines::shown)
    for (const Tick& tick : x.ticks) {
      const double at = x_pixel(plot, panel.x.scale, tick.at);
      grid.steps.push_back({StepKind::move, {at, plot.top}});
      grid.steps.push_back({StepKind::line, {at, plot.bottom()}});
    }
  if (panel.y.grid == GridLines::shown)
    for (const Tick& tick : y.ticks) {
      const double at = y_pixel(plot, panel.y.scale, tick.at);
      grid.steps.push_back({StepKind::move, {plot.left, at}});
      grid.steps.push_back({StepKind::line, {plot.right(), at}});
    }
  if (!grid.steps.empty()) drawing.items.emplace_back(std::move(grid));
}

namespace {

void add_x_labels(Drawing& drawing, const Rect& cell, const Rect& plot, const Panel& panel,
                  const AxisPlan& plan) {
  for (const Tick& tick : plan.ticks) {
    if (tick.label.empty()) continue;
    const double at = x_pixel(plot, panel.x.scale, tick.at);
    const double top = plot.bottom() + kTick + kLabelGap;
    TextItem text =
        fitted_text({at, top + kTickText * 0.85}, tick.label, kTickText, plan.label_width);
    if (plan.turn > 0) {
      const double turn = plan.turn * std::numbers::pi / 180;
      text.at = {at + kMiddle * kTickText * std::sin(turn),
                 top + kMiddle * kTickText * std::cos(turn) + 1};
      text.anchor = Anchor::end;
      text.turn = -plan.turn;
    } else {
      const double half = text_width(text.text, kTickText) / 2;
      text.at.x = std::max(cell.left + half + 1, std::min(at, cell.right() - half - 1));
      text.anchor = Anchor::middle;
    }
    drawing.items.emplace_back(std::move(text));
  }
}

void add_y_labels(Drawing& drawing, const Rect& plot, const Panel& panel, const AxisPlan& plan) {
  for (const Tick& tick : plan.ticks) {
    if (tick.label.empty()) continue;
    const double at = y_pixel(plot, panel.y.scale, tick.at);
    TextItem text = fitted_text({plot.left - kTick - kLabelGap, at + kMiddle * kTickText},
                                tick.label, kTickText, plan.label_width + 0.5);
    text.anchor = Anchor::end;
    drawing.items.emplace_back(std::move(text));
  }
}

void add_names(Drawing& drawing, const Rect& cell, const Rect& plot, const Panel& panel,
               const AxisPlan& x) {
  if (!panel.x.label.empty()) {
    const double right = cell.right() - 4;
    const double middle = plot.left + plot.width / 2;
    const double width = 2 * std::min(middle - cell.left, right - middle);
    TextItem text =
        fitted_text({middle, plot.bottom() + x.room - 7}, panel.x.label, kAxisText, width);
    text.anchor = Anchor::middle;
    drawing.items.emplace_back(std::move(text));
  }
  if (!panel.y.label.empty()) {
    TextItem text = fitted_text({cell.left + kAxisText, plot.top + plot.height / 2}, panel.y.label,
                                kAxisText, std::max(plot.height, 60.0));
    text.anchor = Anchor::middle;
    text.turn = -90;
    drawing.items.emplace_back(std::move(text));
  }
}

}  // namespace

void add_axes(Drawing& drawing, const Rect& cell, const Rect& plot, const Panel& panel,
              const AxisPlan& x, const AxisPlan& y) {
  PathItem lines{.stroke = Stroke{.colour = Colour::muted, .width = 1}};
  lines.steps = {{StepKind::move, {plot.left, plot.top}},
                 {StepKind::line, {plot.left, plot.bottom()}},
                 {StepKind::line, {plot.right(), plot.bottom()}}};
  for (const Tick& tick : x.ticks) {
    const double at = x_pixel(plot, panel.x.scale, tick.at);
    lines.steps.push_back({StepKind::move, {at, plot.bottom()}});
    lines.steps.push_back({StepKind::line, {at, plot.bottom() + kTick}});
  }
  for (const Tick& tick : y.ticks) {
    const double at = y_pixel(plot, panel.y.scale, tick.at);
    lines.steps.push_back({StepKind::move, {plot.left - kTick, at}});
    lines.steps.push_back({StepKind::line, {plot.left, at}});
  }
  drawing.items.emplace_back(std::move(lines));
  add_x_labels(drawing, cell, plot, panel, x);
  add_y_labels(drawing, plot, panel, y);
  add_names(drawing, cell, plot, panel, x);
}

}  // namespace crossfold::figure
