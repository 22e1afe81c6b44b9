#include <algorithm>
#include <limits>

#include "crossfold/core/error.h"
#include "crossfold/projection/neighbors.h"
#include "crossfold/solve/one_thread.h"

#include "distance.h"
#include "distance_bounds.h"
#include "row_blocks.h"

namespace crossfold::projection {
namespace {

/// The targets of one point, nearest first, and how many other points come before each.
struct Line {
  std::vector<Seen> targets;
  std::vector<std::size_t> places;    ///< of `targets` among the caller's
  std::vector<std::uint32_t> before;  ///< points between the target before this one and this one
};

Line line_of(const Points& points, std::size_t i, std::span<const std::uint32_t> targets) {
  Line line{.targets = {}, .places = {}, .before = std::vector<std::uint32_t>(targets.size(), 0)};
  for (std::size_t place = 0; place < targets.size(); ++place) line.places.push_back(place);
  std::vector<Seen> seen;
  for (const std::uint32_t target : targets)
    seen.push_back(
        {.squared = squared_distance(points.row(i), points.row(target)), .index = target});
  std::sort(line.places.begin(), line.places.end(),
            [&](std::size_t a, std::size_t b) { return seen[a] < seen[b]; });
  for (const std::size_t place : line.places) line.targets.push_back(seen[place]);
  return line;
}

/// Counts a point whose squared distance is in [low, low + width] before those targets that are
/// farther away.
void count(const Points& points, std::size_t row, std::size_t column, float low, float width,
           Line& line) {
  // One of the float's rounding each: the bounds have room for it.
  const auto first =
      std::lower_bound(line.targets.begin(), line.targets.end(), static_cast<double>(low),
                       [](const Seen& target, double bound) { return target.squared < bound; });
  if (first == line.targets.end()) return;
  auto place = first;
  if (first->squared <= static_cast<double>(low) + static_cast<double>(width)) {
    const Seen self{.squared = squared_distance(points.row(row), points.row(column)),
                    .index = static_cast<std::uint32_t>(column)};
    place = std::upper_bound(first, line.targets.end(), self);  // a target is not before itself
    if (place == line.targets.end()) return;
  }
  ++line.before[static_cast<std::size_t>(place - line.targets.begin())];
}

void count_tile(const Points& points, const DistanceBounds& bounds,
                const DistanceBounds::Tile& tile, std::vector<Line>& lines) {
  for (std::size_t i = 0; i < tile.rows; ++i) {
    Line& line = lines[i];
    if (line.targets.empty()) continue;
    const std::size_t row = tile.first_row + i;
    const double farthest = line.targets.back().squared;
    const float* low = tile.low.data() + i * tile.columns;
    for (std::size_t j = 0; j < tile.columns; ++j) {
      const std::size_t column = tile.first_column + j;
      if (static_cast<double>(low[j]) > farthest || column == row) continue;
      count(points, row, column, low[j], bounds.width(row, column), line);
    }
  }
}

}  // namespace

std::vector<std::uint32_t> neighbor_ranks(const Points& points,
                                          std::span<const std::uint32_t> targets, std::size_t k,
                                          unsigned threads) {
  const std::size_t n = points.count();
  CF_EXPECT(targets.size() == n * k);
  std::vector<std::uint32_t> ranks(targets.size());
  const DistanceBounds bounds(points);
  for_row_blocks(n, DistanceBounds::kRows, threads, [&](RowRange range) {
    solve::use_one_thread();
    std::vector<Line> lines;
    for (std::size_t i = range.begin; i < range.end; ++i)
      lines.push_back(line_of(points, i, targets.subspan(i * k, k)));
    DistanceBounds::Tile tile{.first_row = range.begin, .rows = range.end - range.begin};
    for (; tile.first_column < n; tile.first_column += DistanceBounds::kColumns) {
      bounds.fill(tile);
      count_tile(points, bounds, tile, lines);
    }
    for (std::size_t i = range.begin; i < range.end; ++i) {
      const Line& line = lines[i - range.begin];
      std::uint32_t before = 0;
      for (std::size_t t = 0; t < line.targets.size(); ++t) {
        before += line.before[t];
        ranks[i * k + line.places[t]] = before + 1;
      }
    }
  });
  return ranks;
}

}  // namespace crossfold::projection
