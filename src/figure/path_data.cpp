#include "path_data.h"

#include <cmath>

namespace crossfold::figure {

std::int64_t tenths(double pixels) { return static_cast<std::int64_t>(std::llround(pixels * 10)); }

void PathData::add(const Step& step) {
  switch (step.kind) {
    case StepKind::move:
      return move_to(step.at);
    case StepKind::line:
      return line_to(step.at);
    case StepKind::close:
      text_ += 'Z';
      x_ = begin_x_;
      y_ = begin_y_;
      return;
    case StepKind::circle: {
      move_to({step.at.x - step.radius, step.at.y});
      const std::int64_t radius = tenths(step.radius);
      const std::int64_t across = tenths(2 * step.radius);
      for (const std::int64_t to : {across, -across}) {
        text_ += 'a';
        append(radius);
        append_next(radius);
        text_ += " 0 1 0";
        append_next(to);
        append_next(0);
      }
      text_ += 'Z';
      return;
    }
  }
}

void PathData::add_dot(XY at) {
  move_to(at);
  text_ += "h0";
}

void PathData::move_to(XY at) {
  const std::int64_t x = tenths(at.x);
  const std::int64_t y = tenths(at.y);
  text_ += text_.empty() ? 'M' : 'm';
  append(x - x_);
  append_next(y - y_);
  begin_x_ = x_ = x;
  begin_y_ = y_ = y;
}

void PathData::line_to(XY at) {
  const std::int64_t dx = tenths(at.x) - x_;
  const std::int64_t dy = tenths(at.y) - y_;
  text_ += dy == 0 ? 'h' : dx == 0 ? 'v' : 'l';
  append(dx != 0 || dy == 0 ? dx : dy);
  if (dx != 0 && dy != 0) append_next(dy);
  x_ += dx;
  y_ += dy;
}

/// One decimal, none where it is 0.
void PathData::append(std::int64_t count) {
  if (count < 0) text_ += '-';
  const std::int64_t size = count < 0 ? -count : count;
  if (size >= 10 || size == 0) text_ += std::to_string(size / 10);
  if (size % 10 == 0) return;
  text_ += '.';
  text_ += static_cast<char>('0' + size % 10);
}

/// Behind another number: a minus separates as well.
void PathData::append_next(std::int64_t count) {
  if (count >= 0) text_ += ' ';
  append(count);
}

}  // namespace crossfold::figure
