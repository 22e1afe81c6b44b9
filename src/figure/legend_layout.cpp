#include "legend_layout.h"

#include <utility>

#include "font.h"

namespace crossfold::figure {
namespace {

constexpr double kText = 11.5;
constexpr double kSwatch = 20;    ///< width
constexpr double kSwatchGap = 6;  ///< between swatch and text
constexpr double kBetween = 18;   ///< between entries
constexpr double kLine = 18;
constexpr double kLegendMargin = 8;

PathItem swatch_of(const LegendEntry& entry, double left, double middle) {
  PathItem path;
  const double right = left + kSwatch;
  const Stroke stroke{.colour = entry.colour, .width = 2, .dash = entry.dash};
  switch (entry.swatch) {
    case Swatch::line:
      path.steps = {{StepKind::move, {left, middle}}, {StepKind::line, {right, middle}}};
      path.stroke = stroke;
      break;
    case Swatch::area:
      path.steps = rectangle({left + 2, middle - 5, kSwatch - 4, 10});
      path.fill = Fill{.colour = entry.colour, .opacity = 0.35};
      path.stroke = Stroke{.colour = entry.colour, .width = 1};
      break;
    case Swatch::point:
      add_shape(path.steps, entry.shape, {left + kSwatch / 2, middle}, 8);
      if (entry.filling == Filling::hollow || is_open(entry.shape))
        path.stroke = Stroke{.colour = entry.colour, .width = 1.5};
      else
        path.fill = Fill{.colour = entry.colour};
      break;
  }
  return path;
}

}  // namespace

double add_legend(Drawing& drawing, const std::vector<LegendEntry>& legend, double top) {
  if (legend.empty()) return 0;
  const double widest = drawing.width - 2 * kLegendMargin - kSwatch - kSwatchGap;
  double left = kLegendMargin;
  double middle = top + kLine / 2;
  drawing.items.emplace_back(GroupBegin{.css_class = "cf-legend"});
  for (const LegendEntry& entry : legend) {
    TextItem text = fitted_text({}, entry.label, kText, widest);
    const double width = kSwatch + kSwatchGap + text_width(text.text, kText);
    if (left > kLegendMargin && left + width > drawing.width - kLegendMargin) {
      left = kLegendMargin;
      middle += kLine;
    }
    drawing.items.emplace_back(swatch_of(entry, left, middle));
    text.at = {left + kSwatch + kSwatchGap, middle + 0.35 * kText};
    drawing.items.emplace_back(std::move(text));
    left += width + kBetween;
  }
  drawing.items.emplace_back(GroupEnd{});
  return middle + kLine / 2 - top + 4;
}

Drawing lay_out_swatch(const LegendEntry& entry) {
  constexpr double kHeight = 12;
  return {.width = kSwatch, .height = kHeight, .items = {swatch_of(entry, 0, kHeight / 2)}};
}

}  // namespace crossfold::figure
