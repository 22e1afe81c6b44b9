#include "mark_layout.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <utility>

#include "axis_layout.h"
#include "font.h"
#include "simplified.h"
#include "utf8.h"

namespace crossfold::figure {
namespace {

constexpr double kNoteText = 10.5;
/// Of a full cell: ink on it keeps a contrast of 4.5:1 on light and on dark paper.
constexpr double kFullCell = 0.6;

/// Turns marks into items.
class MarkLayout {
 public:
  MarkLayout(Drawing& drawing, const Panel& panel, const Rect& plot)
      : drawing_(drawing), panel_(panel), plot_(plot) {}

  void operator()(const Points& points) {
    if (!points.titles.empty()) {
      for (std::size_t i = 0; i < points.at.size(); ++i)
        add_points(points, {points.at[i]}, clean_text(points.titles.at(i)));
      return;
    }
    add_points(points, points.at, "");
  }

  void operator()(const Lines& lines) {
    PathItem path{.stroke = Stroke{lines.colour, lines.width, lines.dash, lines.opacity},
                  .series = clean_text(lines.series)};
    for (const std::vector<XY>& strand : pixels_of(lines.strands)) add_strand(path.steps, strand);
    add(std::move(path));
  }

  void operator()(const Band& band) {
    PathItem path{.fill = Fill{band.colour, band.opacity}, .series = clean_text(band.series)};
    std::vector<XY> low;
    std::vector<XY> high;
    for (std::size_t i = 0; i < band.x.size(); ++i) {
      const std::optional<XY> below = pixel_of({band.x[i], band.low.at(i)});
      const std::optional<XY> above = pixel_of({band.x[i], band.high.at(i)});
      if (!below || !above) continue;
      low.push_back(*below);
      high.push_back(*above);
    }
    std::reverse(high.begin(), high.end());
    for (const std::vector<XY>& side : {simplified(low), simplified(high)})
      for (const XY& at : side)
        path.steps.push_back({path.steps.empty() ? StepKind::move : StepKind::line, at});
    if (!path.steps.empty()) path.steps.push_back({StepKind::close, {}});
    add(std::move(path));
  }

  void operator()(const Bars& bars) {
    PathItem path{.fill = Fill{bars.colour, bars.opacity}, .series = clean_text(bars.series)};
    for (const Bar& bar : bars.bars) add_box(path.steps, bar.low, bar.high);
    add(std::move(path));
  }

  void operator()(const Boxes& boxes) {
    PathItem path{.stroke = Stroke{.colour = boxes.colour, .width = 1.2},
                  .series = clean_text(boxes.series)};
    PathItem medians{.stroke = Stroke{.colour = boxes.colour, .width = 2.4},
                     .series = clean_text(boxes.series)};
    for (const Box& box : boxes.boxes) {
      const auto at = [&](double value, double across) {
        return boxes.along == Direction::horizontal ? XY{value, box.at + across}
                                                    : XY{box.at + across, value};
      };
      const double half = boxes.half_width;
      add_box(path.steps, at(box.quartile_low, -half), at(box.quartile_high, half));
      add_line(path.steps, at(box.whisker_low, 0), at(box.quartile_low, 0));
      add_line(path.steps, at(box.quartile_high, 0), at(box.whisker_high, 0));
      add_line(medians.steps, at(box.median, -half), at(box.median, half));
    }
    add(std::move(path));
    add(std::move(medians));
  }

  void operator()(const ErrorBars& bars) {
    PathItem path{.stroke = Stroke{.colour = bars.colour, .width = bars.width},
                  .series = clean_text(bars.series)};
    for (const ErrorBar& bar : bars.bars) {
      const bool level = bars.along == Direction::horizontal;
      const std::optional<XY> low = pixel_of(level ? XY{bar.low, bar.at.y} : XY{bar.at.x, bar.low});
      const std::optional<XY> high =
          pixel_of(level ? XY{bar.high, bar.at.y} : XY{bar.at.x, bar.high});
      if (!low || !high) continue;
      path.steps.push_back({StepKind::move, *low});
      path.steps.push_back({StepKind::line, *high});
      constexpr double kCap = 3;
      for (const XY& end : {*low, *high}) {
        path.steps.push_back(
            {StepKind::move, level ? XY{end.x, end.y - kCap} : XY{end.x - kCap, end.y}});
        path.steps.push_back(
            {StepKind::line, level ? XY{end.x, end.y + kCap} : XY{end.x + kCap, end.y}});
      }
    }
    add(std::move(path));
  }

  void operator()(const Rule& rule) {
    PathItem path{.stroke = Stroke{rule.colour, rule.width, rule.dash},
                  .series = clean_text(rule.series)};
    if (rule.along == Direction::vertical) {
      const double x = x_pixel(plot_, panel_.x.scale, rule.at);
      path.steps = {{StepKind::move, {x, plot_.top}}, {StepKind::line, {x, plot_.bottom()}}};
    } else {
      const double y = y_pixel(plot_, panel_.y.scale, rule.at);
      path.steps = {{StepKind::move, {plot_.left, y}}, {StepKind::line, {plot_.right(), y}}};
    }
    add(std::move(path));
  }

  void operator()(const Cells& cells) {
    for (const Cell& cell : cells.cells) {
      const std::optional<XY> low = pixel_of({cell.at.x - 0.5, cell.at.y - 0.5});
      const std::optional<XY> high = pixel_of({cell.at.x + 0.5, cell.at.y + 0.5});
      if (!low || !high) continue;
      const Rect box{low->x + 1, low->y + 1, high->x - low->x - 2, high->y - low->y - 2};
      add({.steps = rectangle(box),
           .fill = Fill{Colour::blue, kFullCell * std::clamp(cell.share, 0.0, 1.0)},
           .series = clean_text(cells.series)});
      const std::vector<std::string> lines = wrapped(cell.text, kTickText, box.width - 4);
      double y = box.top + box.height / 2 + 4 - 6.5 * static_cast<double>(lines.size() - 1);
      if (13 * static_cast<double>(lines.size()) > box.height) continue;
      for (const std::string& line : lines) {
        drawing_.items.emplace_back(TextItem{.at = {box.left + box.width / 2, y},
                                             .text = line,
                                             .full = {},
                                             .size = kTickText,
                                             .anchor = Anchor::middle});
        y += 13;
      }
    }
  }

  void operator()(const Notes& notes) {
    for (const Note& note : notes.notes) {
      const std::optional<XY> at = pixel_of(note.at);
      if (!at) continue;
      TextItem text = fitted_text({}, note.text, kNoteText, plot_.width * 0.6);
      const double width = text_width(text.text, kNoteText);
      if (!place(text, *at, width)) continue;
      text.colour = notes.colour;
      text.halo = Halo::paper;
      drawing_.items.emplace_back(std::move(text));
    }
  }

 private:
  [[nodiscard]] std::optional<XY> pixel_of(XY at) const {
    const XY pixel{x_pixel(plot_, panel_.x.scale, at.x), y_pixel(plot_, panel_.y.scale, at.y)};
    if (!std::isfinite(pixel.x) || !std::isfinite(pixel.y)) return std::nullopt;
    return pixel;
  }

  void add(PathItem path) {
    if (!path.steps.empty()) drawing_.items.emplace_back(std::move(path));
  }

  void add_points(const Points& points, const std::vector<XY>& at, const std::string& title) {
    const bool dots = points.filling == Filling::solid &&
                      (points.shape == Shape::circle || points.shape == Shape::square);
    if (dots) {
      DotsItem item{.shape = points.shape == Shape::circle ? DotShape::disc : DotShape::square,
                    .size = points.size * (points.shape == Shape::circle ? 1 : 0.9),
                    .fill = {points.colour, points.opacity},
                    .series = clean_text(points.series),
                    .title = title};
      for (const XY& one : at)
        if (const std::optional<XY> pixel = pixel_of(one)) item.at.push_back(*pixel);
      if (!item.at.empty()) drawing_.items.emplace_back(std::move(item));
      return;
    }
    PathItem item{.series = clean_text(points.series), .title = title};
    for (const XY& one : at)
      if (const std::optional<XY> pixel = pixel_of(one))
        add_shape(item.steps, points.shape, *pixel, points.size);
    if (points.filling == Filling::hollow || is_open(points.shape))
      item.stroke = Stroke{points.colour, 1.4, Dash::solid, points.opacity};
    else
      item.fill = Fill{points.colour, points.opacity};
    add(std::move(item));
  }

  /// In pixels; a place that has none ends a strand.
  [[nodiscard]] std::vector<std::vector<XY>> pixels_of(
      const std::vector<std::vector<XY>>& strands) const {
    std::vector<std::vector<XY>> pixels;
    for (const std::vector<XY>& strand : strands) {
      pixels.emplace_back();
      for (const XY& at : strand) {
        if (const std::optional<XY> pixel = pixel_of(at))
          pixels.back().push_back(*pixel);
        else if (!pixels.back().empty())
          pixels.emplace_back();
      }
    }
    return pixels;
  }

  static void add_strand(std::vector<Step>& steps, const std::vector<XY>& strand) {
    StepKind kind = StepKind::move;
    for (const XY& at : simplified(strand)) {
      steps.push_back({kind, at});
      kind = StepKind::line;
    }
  }

  void add_line(std::vector<Step>& steps, XY from, XY to) const {
    const std::optional<XY> begin = pixel_of(from);
    const std::optional<XY> end = pixel_of(to);
    if (!begin || !end) return;
    steps.push_back({StepKind::move, *begin});
    steps.push_back({StepKind::line, *end});
  }

  void add_box(std::vector<Step>& steps, XY low, XY high) const {
    const std::optional<XY> begin = pixel_of(low);
    const std::optional<XY> end = pixel_of(high);
    if (!begin || !end) return;
    const std::vector<Step> box =
        rectangle({std::min(begin->x, end->x), std::min(begin->y, end->y),
                   std::abs(end->x - begin->x), std::abs(end->y - begin->y)});
    steps.insert(steps.end(), box.begin(), box.end());
  }

  /// Above on the right, below, the same on the left, then straight: the first that is free and
  /// inside.
  [[nodiscard]] bool place(TextItem& text, XY at, double width) {
    constexpr double kAway = 5;
    const double high = kNoteText * 1.1;
    const double right = at.x + kAway;
    const double left = at.x - kAway - width;
    const double above = at.y - high - 1;
    const double below = at.y + 1;
    const std::array<Rect, 6> places = {{{right, above, width, high},
                                         {right, below, width, high},
                                         {left, above, width, high},
                                         {left, below, width, high},
                                         {at.x - width / 2, above - kAway, width, high},
                                         {at.x - width / 2, below + kAway, width, high}}};
    for (const Rect& box : places) {
      if (box.left < plot_.left || box.right() > plot_.right() || box.top < plot_.top ||
          box.bottom() > plot_.bottom())
        continue;
      if (std::any_of(taken_.begin(), taken_.end(),
                      [&](const Rect& other) { return box.overlaps(other); }))
        continue;
      taken_.push_back(box);
      text.at = {box.left, box.top + high * 0.82};
      text.size = kNoteText;
      return true;
    }
    return false;
  }

  Drawing& drawing_;
  const Panel& panel_;
  const Rect& plot_;
  std::vector<Rect> taken_;  ///< by notes
};

}  // namespace

void add_marks(Drawing& drawing, const Panel& panel, const Rect& plot) {
  constexpr double kOver = 4;  // points at the edge are not cut
  drawing.items.emplace_back(
      GroupBegin{.css_class = "cf-marks",
                 .clip = Rect{plot.left - kOver, plot.top - kOver, plot.width + 2 * kOver,
                              plot.height + 2 * kOver}});
  MarkLayout layout(drawing, panel, plot);
  for (const Mark& mark : panel.marks) std::visit(layout, mark);
  drawing.items.emplace_back(GroupEnd{});
}

}  // namespace crossfold::figure
