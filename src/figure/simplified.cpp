#include "simplified.h"

#include <algorithm>
#include <cmath>

namespace crossfold::figure {
namespace {

constexpr double kTolerance = 0.2;
constexpr std::size_t kLongest = 200;  ///< corners that one segment stands for, at most

/// How far a place is from a segment.
double distance(XY at, XY from, XY to) {
  const double dx = to.x - from.x;
  const double dy = to.y - from.y;
  const double length = dx * dx + dy * dy;
  const double along =
      length > 0 ? std::clamp(((at.x - from.x) * dx + (at.y - from.y) * dy) / length, 0.0, 1.0) : 0;
  return std::hypot(at.x - from.x - along * dx, at.y - from.y - along * dy);
}

}  // namespace

std::vector<XY> simplified(const std::vector<XY>& strand) {
  std::vector<XY> kept;
  for (std::size_t from = 0; from < strand.size();) {
    kept.push_back(strand[from]);
    std::size_t to = from + 1;
    const auto stands_for_all = [&](std::size_t end) {
      for (std::size_t i = from + 1; i < end; ++i)
        if (distance(strand[i], strand[from], strand[end]) > kTolerance) return false;
      return true;
    };
    while (to + 1 < strand.size() && to - from < kLongest && stands_for_all(to + 1)) ++to;
    from = to;
  }
  return kept;
}

}  // namespace crossfold::figure
