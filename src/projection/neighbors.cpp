#include "crossfold/projection/neighbors.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "crossfold/core/error.h"
#include "crossfold/solve/one_thread.h"

#include "distance.h"
#include "distance_bounds.h"
#include "row_blocks.h"

namespace crossfold::projection {
namespace {

struct Bounded {
  float low = 0;
  float high = 0;
  std::uint32_t index = 0;
};

/// The points that may be among the k nearest of one point.
class Candidates {
 public:
  explicit Candidates(std::size_t k) : k_(k) {}

  [[nodiscard]] float limit() const { return limit_; }
  void add(const Bounded& seen) {
    seen_.push_back(seen);
    if (seen_.size() >= next_thinning_) thin_out();
  }
  /// Keeps those whose lower bound is not above the k-th smallest upper bound.
  void thin_out() {
    if (seen_.size() > k_) {
      highs_.clear();
      for (const Bounded& one : seen_) highs_.push_back(one.high);
      const auto kth = highs_.begin() + static_cast<std::ptrdiff_t>(k_ - 1);
      std::nth_element(highs_.begin(), kth, highs_.end());
      limit_ = *kth;
      std::erase_if(seen_, [this](const Bounded& one) { return one.low > limit_; });
    }
    next_thinning_ = std::max(2 * seen_.size(), 4 * k_ + 64);
  }
  [[nodiscard]] const std::vector<Bounded>& seen() const { return seen_; }

 private:
  std::size_t k_;
  float limit_ = std::numeric_limits<float>::infinity();
  std::size_t next_thinning_ = 0;
  std::vector<Bounded> seen_;
  std::vector<float> highs_;
};

void collect(const DistanceBounds& bounds, const DistanceBounds::Tile& tile,
             std::vector<Candidates>& candidates) {
  for (std::size_t i = 0; i < tile.rows; ++i) {
    const std::size_t row = tile.first_row + i;
    const float* low = tile.low.data() + i * tile.columns;
    Candidates& own = candidates[i];
    for (std::size_t j = 0; j < tile.columns; ++j) {
      const std::size_t column = tile.first_column + j;
      if (low[j] > own.limit() || column == row) continue;
      own.add({.low = low[j],
               .high = low[j] + bounds.width(row, column),
               .index = static_cast<std::uint32_t>(column)});
    }
  }
}

void settle(const Points& points, std::size_t i, Candidates& candidates, Neighbors& result) {
  candidates.thin_out();
  std::vector<Seen> exact;
  exact.reserve(candidates.seen().size());
  for (const Bounded& one : candidates.seen())
    exact.push_back(
        {.squared = squared_distance(points.row(i), points.row(one.index)), .index = one.index});
  const auto end = exact.begin() + static_cast<std::ptrdiff_t>(result.k);
  std::partial_sort(exact.begin(), end, exact.end());
  for (std::size_t n = 0; n < result.k; ++n) {
    result.index[i * result.k + n] = exact[n].index;
    result.distance[i * result.k + n] = std::sqrt(exact[n].squared);
  }
}

}  // namespace

Neighbors nearest_neighbors(const Points& points, std::size_t k, unsigned threads) {
  const std::size_t n = points.count();
  CF_EXPECT(k >= 1 && k < n);
  CF_EXPECT(n <= std::numeric_limits<std::uint32_t>::max());
  Neighbors result{
      .k = k, .index = std::vector<std::uint32_t>(n * k), .distance = std::vector<double>(n * k)};
  const DistanceBounds bounds(points);
  for_row_blocks(n, DistanceBounds::kRows, threads, [&](RowRange range) {
    solve::use_one_thread();
    std::vector<Candidates> candidates(range.end - range.begin, Candidates(k));
    DistanceBounds::Tile tile{.first_row = range.begin, .rows = range.end - range.begin};
    for (; tile.first_column < n; tile.first_column += DistanceBounds::kColumns) {
      bounds.fill(tile);
      collect(bounds, tile, candidates);
    }
    for (std::size_t i = range.begin; i < range.end; ++i)
      settle(points, i, candidates[i - range.begin], result);
  });
  return result;
}

Neighbors first_neighbors(const Neighbors& neighbors, std::size_t k) {
  CF_EXPECT(k >= 1 && k <= neighbors.k);
  if (neighbors.k == k) return neighbors;
  Neighbors nearest{.k = k, .index = {}, .distance = {}};
  for (std::size_t i = 0; i < neighbors.count(); ++i) {
    const auto index = neighbors.of(i).first(k);
    const auto distance = neighbors.distances_of(i).first(k);
    nearest.index.insert(nearest.index.end(), index.begin(), index.end());
    nearest.distance.insert(nearest.distance.end(), distance.begin(), distance.end());
  }
  return nearest;
}

}  // namespace crossfold::projection
