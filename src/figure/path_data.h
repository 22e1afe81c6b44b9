#pragma once

#include <cstdint>
#include <string>

#include "drawing.h"

namespace crossfold::figure {

/// The nearest count of tenths of a pixel.
[[nodiscard]] std::int64_t tenths(double pixels);

/// The attribute `d` of a path, short: places are counted in tenths of pixels and said by their
/// distance from the one before, which adds up exactly.
class PathData {
 public:
  void add(const Step& step);
  /// A disc or square by the end of a line without length.
  void add_dot(XY at);
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  void move_to(XY at);
  void line_to(XY at);
  void append(std::int64_t count);
  void append_next(std::int64_t count);

  std::string text_;
  std::int64_t x_ = 0;
  std::int64_t y_ = 0;
  std::int64_t begin_x_ = 0;  ///< of the part of the path, where a close returns to
  std::int64_t begin_y_ = 0;
};

}  // namespace crossfold::figure
