#include "drawing.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <sstream>

#include "font.h"
#include "utf8.h"

namespace crossfold::figure {
namespace {

void add_polygon(std::vector<Step>& steps, XY at, double size, std::span<const XY> corners) {
  for (std::size_t i = 0; i < corners.size(); ++i)
    steps.push_back({i == 0 ? StepKind::move : StepKind::line,
                     {at.x + corners[i].x * size, at.y + corners[i].y * size}});
  steps.push_back({StepKind::close, {}});
}

void add_strokes(std::vector<Step>& steps, XY at, double size, std::span<const XY> ends) {
  for (std::size_t i = 0; i < ends.size(); ++i)
    steps.push_back({i % 2 == 0 ? StepKind::move : StepKind::line,
                     {at.x + ends[i].x * size, at.y + ends[i].y * size}});
}

}  // namespace

bool Rect::overlaps(const Rect& other) const {
  return left < other.right() && other.left < right() && top < other.bottom() &&
         other.top < bottom();
}

std::vector<Step> rectangle(const Rect& rect) {
  return {{StepKind::move, {rect.left, rect.top}},
          {StepKind::line, {rect.right(), rect.top}},
          {StepKind::line, {rect.right(), rect.bottom()}},
          {StepKind::line, {rect.left, rect.bottom()}},
          {StepKind::close, {}}};
}

bool is_open(Shape shape) { return shape == Shape::cross || shape == Shape::plus; }

void add_shape(std::vector<Step>& steps, Shape shape, XY at, double size) {
  constexpr std::array<XY, 4> kSquare = {{{-.45, -.45}, {.45, -.45}, {.45, .45}, {-.45, .45}}};
  constexpr std::array<XY, 4> kDiamond = {{{0, -.66}, {.66, 0}, {0, .66}, {-.66, 0}}};
  constexpr std::array<XY, 3> kUp = {{{0, -.66}, {.62, .45}, {-.62, .45}}};
  constexpr std::array<XY, 3> kDown = {{{0, .66}, {.62, -.45}, {-.62, -.45}}};
  constexpr std::array<XY, 4> kCross = {{{-.45, -.45}, {.45, .45}, {-.45, .45}, {.45, -.45}}};
  constexpr std::array<XY, 4> kPlus = {{{-.6, 0}, {.6, 0}, {0, -.6}, {0, .6}}};
  switch (shape) {
    case Shape::circle:
      steps.push_back({StepKind::circle, at, size / 2});
      return;
    case Shape::square:
      return add_polygon(steps, at, size, kSquare);
    case Shape::diamond:
      return add_polygon(steps, at, size, kDiamond);
    case Shape::triangle:
      return add_polygon(steps, at, size, kUp);
    case Shape::triangle_down:
      return add_polygon(steps, at, size, kDown);
    case Shape::cross:
      return add_strokes(steps, at, size, kCross);
    case Shape::plus:
      return add_strokes(steps, at, size, kPlus);
  }
}

TextItem fitted_text(XY at, const std::string& text, double size, double width) {
  TextItem item{.at = at, .text = shortened(text, size, width), .full = {}, .size = size};
  std::string clean = clean_text(text);
  if (item.text != clean) item.full = std::move(clean);
  return item;
}

std::vector<std::string> wrapped(const std::string& text, double size, double width) {
  std::vector<std::string> lines;
  std::istringstream words(clean_text(text));
  std::string word;
  while (words >> word) {
    if (lines.empty() || text_width(lines.back() + " " + word, size) > width)
      lines.push_back(shortened(word, size, width));
    else
      lines.back() += " " + word;
  }
  return lines;
}

}  // namespace crossfold::figure
