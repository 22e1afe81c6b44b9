#include "figure_layout.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "axis_layout.h"
#include "font.h"
#include "legend_layout.h"
#include "mark_layout.h"
#include "utf8.h"

namespace crossfold::figure {
namespace {

constexpr double kTitle = 15;
constexpr double kPanelTitle = 12;
constexpr double kSmall = 11;
constexpr double kFigureMargin = 8;
constexpr double kRight = 14;  ///< of a plotting area, for the half of its last label
constexpr double kNarrowestPanel = 215;
constexpr double kBetweenRows = 12;

/// A panel's place and its axes.
struct PanelPlan {
  const Panel* panel = nullptr;
  Rect cell = {};
  Rect plot = {};
  AxisPlan x = {};
  AxisPlan y = {};
};

double plot_height(const Panel& panel, double plot_width) {
  return panel.aspect == Aspect::square ? std::min(plot_width, panel.height) : panel.height;
}

/// All but the vertical places.
std::vector<PanelPlan> plan_panels(const Figure& figure, std::size_t panel_columns, double width) {
  const auto room = static_cast<std::size_t>((width - 2 * kFigureMargin) / kNarrowestPanel);
  const std::size_t columns =
      std::clamp<std::size_t>(panel_columns, 1, std::max<std::size_t>(1, room));
  const double cell_width = (width - 2 * kFigureMargin) / static_cast<double>(columns);
  std::vector<PanelPlan> plans;
  std::vector<double> left(columns, 0);
  for (std::size_t i = 0; i < figure.panels.size(); ++i) {
    const Panel& panel = figure.panels[i];
    const auto column = i % columns;
    PanelPlan plan{.panel = &panel};
    plan.cell = {kFigureMargin + cell_width * static_cast<double>(column), 0, cell_width, 0};
    plan.y = plan_y(panel.y, plot_height(panel, cell_width - 70), cell_width);
    left[column] = std::max(left[column], plan.y.room);
    plans.push_back(std::move(plan));
  }
  for (std::size_t i = 0; i < plans.size(); ++i) {
    PanelPlan& plan = plans[i];
    plan.plot.left = plan.cell.left + left[i % columns];
    plan.plot.width = plan.cell.right() - plan.plot.left - kRight;
    if (plan.panel->aspect == Aspect::square)
      plan.plot.width = std::min(plan.plot.width, plan.panel->height);
    plan.plot.height = plot_height(*plan.panel, plan.plot.width);
    plan.x = plan_x(plan.panel->x, plan.plot.width, left[i % columns]);
  }
  return plans;
}

/// Places the panels in rows below `top`; returns the bottom.
double stack(std::vector<PanelPlan>& plans, double top) {
  for (std::size_t begin = 0; begin < plans.size();) {
    std::size_t end = begin + 1;
    while (end < plans.size() && plans[end].cell.left > plans[end - 1].cell.left) ++end;
    double title = 0;
    double bottom = 0;
    double height = 0;
    for (std::size_t i = begin; i < end; ++i) {
      if (!plans[i].panel->title.empty()) title = kPanelTitle + 8;
      height = std::max(height, plans[i].plot.height);
      bottom = std::max(bottom, plans[i].x.room);
    }
    for (std::size_t i = begin; i < end; ++i) {
      plans[i].cell.top = top;
      plans[i].cell.height = title + height + bottom;
      plans[i].plot.top = top + title + 4;
    }
    top += title + 4 + height + bottom + kBetweenRows;
    begin = end;
  }
  return top - (plans.empty() ? 0 : kBetweenRows);
}

std::string scale_text(const Scale& scale, double low_pixel, double high_pixel) {
  const char* kind = scale.kind == ScaleKind::linear ? "linear"
                     : scale.kind == ScaleKind::log  ? "log"
                                                     : "category";
  return fmt::format("{} {} {} {:.1f} {:.1f}", kind, scale.low, scale.high, low_pixel, high_pixel);
}

/// Above the plotting area, or, where it is too long for that, above the labels as well.
TextItem title_of(const PanelPlan& plan) {
  const std::string& title = plan.panel->title;
  const double right = plan.cell.right() - 6;
  const bool fits = text_width(title, kPanelTitle) <= right - plan.plot.left;
  const double left = fits ? plan.plot.left : plan.cell.left + 2;
  return fitted_text({left, plan.plot.top - 9}, title, kPanelTitle, right - left);
}

void add_panel(Drawing& drawing, const PanelPlan& plan) {
  const Panel& panel = *plan.panel;
  const Rect& plot = plan.plot;
  const bool down = panel.y.scale.kind == ScaleKind::category;
  drawing.items.emplace_back(
      GroupBegin{.css_class = "cf-panel",
                 .label = clean_text(panel.title),
                 .data = {{"x", scale_text(panel.x.scale, plot.left, plot.right())},
                          {"y", scale_text(panel.y.scale, down ? plot.top : plot.bottom(),
                                           down ? plot.bottom() : plot.top)}}});
  if (!panel.title.empty()) drawing.items.emplace_back(title_of(plan));
  add_grid(drawing, plot, panel, plan.x, plan.y);
  add_marks(drawing, panel, plot);
  add_axes(drawing, plan.cell, plot, panel, plan.x, plan.y);
  drawing.items.emplace_back(GroupEnd{});
}

double add_lines(Drawing& drawing, const std::string& text, double size, Colour colour,
                 double top) {
  for (const std::string& line : wrapped(text, size, drawing.width - 2 * kFigureMargin)) {
    drawing.items.emplace_back(TextItem{.at = {kFigureMargin, top + size},
                                        .text = line,
                                        .full = {},
                                        .size = size,
                                        .colour = colour});
    top += size * 1.3;
  }
  return top;
}

}  // namespace

Drawing lay_out(const Figure& figure, double width) {
  Drawing drawing{.width = width};
  double top = add_lines(drawing, figure.title, kTitle, Colour::ink, 6) + 6;
  const double legend = add_legend(drawing, figure.legend, top);
  top += legend + (legend > 0 ? 4 : 0);
  std::vector<PanelPlan> plans = plan_panels(figure, figure.panel_columns, width);
  top = stack(plans, top);
  for (const PanelPlan& plan : plans) add_panel(drawing, plan);
  if (!figure.n.empty()) top = add_lines(drawing, figure.n, kSmall, Colour::muted, top + 4);
  drawing.height = top + 6;
  return drawing;
}

std::vector<PanelDrawing> lay_out_panels(const Figure& figure, double width) {
  std::vector<PanelDrawing> drawings;
  const std::vector<PanelPlan> plans = plan_panels(figure, 1, width);
  for (std::size_t begin = 0; begin < plans.size();) {
    std::size_t end = begin + 1;
    while (end < plans.size() && plans[end - 1].panel->stacking == Stacking::above_the_next) ++end;
    std::vector<PanelPlan> stacked(plans.begin() + static_cast<std::ptrdiff_t>(begin),
                                   plans.begin() + static_cast<std::ptrdiff_t>(end));
    for (PanelPlan& plan : stacked)  // no empty paper beside a square
      plan.cell.width = plan.plot.right() + kRight - plan.cell.left;
    PanelDrawing& one = drawings.emplace_back(PanelDrawing{.first = begin, .last = end - 1});
    one.drawing.height = stack(stacked, 2) + 2;
    for (const PanelPlan& plan : stacked) {
      add_panel(one.drawing, plan);
      one.drawing.width = std::max(one.drawing.width, plan.cell.right() + kFigureMargin);
    }
    begin = end;
  }
  return drawings;
}

}  // namespace crossfold::figure
