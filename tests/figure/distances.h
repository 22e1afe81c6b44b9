#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "crossfold/figure/figure.h"

#include "drawing.h"

namespace crossfold::figure::testing {

using Segment = std::pair<XY, XY>;

inline std::vector<Segment> segments_of(const std::vector<std::vector<XY>>& strands) {
  std::vector<Segment> segments;
  for (const auto& strand : strands)
    for (std::size_t i = 1; i < strand.size(); ++i) segments.emplace_back(strand[i - 1], strand[i]);
  return segments;
}

inline std::vector<Segment> segments_of(const std::vector<Step>& steps) {
  std::vector<Segment> segments;
  for (std::size_t i = 1; i < steps.size(); ++i)
    if (steps[i].kind == StepKind::line) segments.emplace_back(steps[i - 1].at, steps[i].at);
  return segments;
}

inline double distance(XY at, const Segment& segment) {
  const auto& [from, to] = segment;
  const double dx = to.x - from.x;
  const double dy = to.y - from.y;
  const double length = dx * dx + dy * dy;
  double along = length > 0 ? ((at.x - from.x) * dx + (at.y - from.y) * dy) / length : 0;
  along = std::clamp(along, 0.0, 1.0);
  return std::hypot(from.x + along * dx - at.x, from.y + along * dy - at.y);
}

inline double distance(XY at, const std::vector<Segment>& segments) {
  double least = std::numeric_limits<double>::infinity();
  for (const Segment& segment : segments) least = std::min(least, distance(at, segment));
  return least;
}

/// The largest distance of a place of `from` from `to`, at eleven places of each segment.
inline double farthest(const std::vector<Segment>& from, const std::vector<Segment>& to) {
  double most = 0;
  for (const auto& [begin, end] : from)
    for (int i = 0; i <= 10; ++i) {
      const double t = i / 10.0;
      most = std::max(
          most, distance({begin.x + t * (end.x - begin.x), begin.y + t * (end.y - begin.y)}, to));
    }
  return most;
}

}  // namespace crossfold::figure::testing
