#include "figure/sample_figure.h"

#include <cstddef>

namespace crossfold::figure::testing {
namespace {

Panel numbers_panel() {
  Panel panel{.title = "numbers",
              .x = {.scale = linear_scale(0, 10), .label = "linear"},
              .y = {.scale = {ScaleKind::log, 1, 100}, .label = "logarithmic"}};
  panel.marks.push_back(
      Band{.series = "band", .x = {0, 5, 10}, .low = {2, 3, 2}, .high = {9, 20, 9}});
  panel.marks.push_back(Bars{.series = "bars", .bars = {{{1, 1}, {2, 5}}}, .colour = Colour::sky});
  panel.marks.push_back(
      Lines{.series = "line", .strands = {{{0, 1}, {10, 100}}}, .dash = Dash::dotted});
  panel.marks.push_back(Rule{.series = "rule", .along = Direction::horizontal, .at = 10});
  panel.marks.push_back(ErrorBars{.series = "errors", .bars = {{{5, 50}, 4, 6}}});
  for (std::size_t i = 0; i < 7; ++i) {
    const double x = static_cast<double>(i) + 2;
    panel.marks.push_back(Points{.series = "points",
                                 .at = {{x, 30}, {x, 60}},
                                 .shape = series_shape(i),
                                 .filling = i == 3 ? Filling::hollow : Filling::solid,
                                 .colour = series_colour(i),
                                 .size = 8});
  }
  panel.marks.push_back(Notes{.notes = {{{5, 50}, "a note"}, {{5, 50}, "another"}}});
  return panel;
}

Panel names_panel() {
  Panel panel{.title = "names",
              .x = {.scale = category_scale({"first", "second"}), .label = "column"},
              .y = {.scale = category_scale({"one", "two"}), .label = "row"}};
  panel.marks.push_back(Cells{.series = "cells", .cells = {{{0, 0}, 1, "12"}, {{1, 1}, 0.2, "3"}}});
  panel.marks.push_back(Boxes{.series = "box", .boxes = {{1, -0.3, -0.2, 0, 0.2, 0.3}}});
  return panel;
}

}  // namespace

Figure sample_figure() {
  return {.id = "sample",
          .title = "A figure with everything",
          .caption = "Nothing that was measured.",
          .how_to_read = "Look at it.",
          .n = "n = 14 points",
          .table = {{"x", "y"}, {{"1", "2"}}},
          .panels = {numbers_panel(), names_panel()},
          .panel_columns = 2,
          .legend = {{.label = "points"},
                     {.label = "line", .swatch = Swatch::line, .dash = Dash::dotted},
                     {.label = "area", .swatch = Swatch::area}}};
}

}  // namespace crossfold::figure::testing
