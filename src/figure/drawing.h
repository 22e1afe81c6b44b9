#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "crossfold/figure/figure.h"

namespace crossfold::figure {

// A figure laid out: what both writers draw, in pixels from the upper left corner, later items
// above earlier ones. Texts are clean (utf8.h).

struct Rect {
  double left = 0;
  double top = 0;
  double width = 0;
  double height = 0;
  [[nodiscard]] double right() const { return left + width; }
  [[nodiscard]] double bottom() const { return top + height; }
  [[nodiscard]] bool overlaps(const Rect& other) const;
};

struct Fill {
  Colour colour = Colour::ink;
  double opacity = 1;
};
struct Stroke {
  Colour colour = Colour::ink;
  double width = 1;
  Dash dash = Dash::solid;
  double opacity = 1;
};

enum class StepKind { move, line, close, circle };
struct Step {
  StepKind kind = StepKind::move;
  XY at = {};         ///< of a circle, its centre
  double radius = 0;  ///< of a circle
};
struct PathItem {
  std::vector<Step> steps = {};
  std::optional<Fill> fill = {};
  std::optional<Stroke> stroke = {};
  std::string series = {};
  std::string title = {};
};

/// Many discs or squares alike, which are short to write as the ends of lines without length.
enum class DotShape { disc, square };
struct DotsItem {
  std::vector<XY> at = {};
  DotShape shape = DotShape::disc;
  double size = 5;  ///< diameter, side
  Fill fill = {};
  std::string series = {};
  std::string title = {};
};

enum class Anchor { start, middle, end };
/// A rim of paper, so that a text can be read where lines cross it.
enum class Halo { none, paper };
struct TextItem {
  XY at = {};  ///< on the base line
  std::string text = {};
  std::string full = {};  ///< where the text was shortened
  double size = 11;
  Anchor anchor = Anchor::start;
  double turn = 0;  ///< degrees clockwise around `at`
  Colour colour = Colour::ink;
  Halo halo = Halo::none;
};

struct GroupBegin {
  std::string css_class = {};
  std::string label = {};
  std::optional<Rect> clip = {};
  std::vector<std::pair<std::string, std::string>> data = {};  ///< attributes data-cf-NAME
};
struct GroupEnd {};

using Item = std::variant<PathItem, DotsItem, TextItem, GroupBegin, GroupEnd>;

struct Drawing {
  double width = 0;
  double height = 0;
  std::vector<Item> items = {};
};

[[nodiscard]] std::vector<Step> rectangle(const Rect& rect);
/// A shape around a place; those of one size look equally large.
void add_shape(std::vector<Step>& steps, Shape shape, XY at, double size);
/// Cross and plus are drawn by strokes only.
[[nodiscard]] bool is_open(Shape shape);

/// A text at most so wide, shortened where it must be.
[[nodiscard]] TextItem fitted_text(XY at, const std::string& text, double size, double width);
/// Broken between words; a word that is wider is shortened.
[[nodiscard]] std::vector<std::string> wrapped(const std::string& text, double size, double width);

}  // namespace crossfold::figure
