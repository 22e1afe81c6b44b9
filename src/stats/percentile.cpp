#include "crossfold/stats/percentile.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "crossfold/core/error.h"

namespace crossfold::stats {

double percentile(std::span<const double> sorted, double share) {
  CF_EXPECT(!sorted.empty());
  const double position = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return std::lerp(sorted[below], sorted[above], position - std::floor(position));
}

std::optional<BagInterval> percentile_interval(std::span<const std::optional<double>> scores,
                                               double confidence) {
  CF_EXPECT(confidence > 0 && confidence < 1);
  std::vector<double> defined;
  for (const std::optional<double>& score : scores)
    if (score) defined.push_back(*score);
  if (defined.empty()) return std::nullopt;
  std::sort(defined.begin(), defined.end());
  return BagInterval{.interval = {.low = percentile(defined, (1 - confidence) / 2),
                                  .high = percentile(defined, (1 + confidence) / 2)},
                     .bags = defined.size(),
                     .undefined = scores.size() - defined.size()};
}

}  // namespace crossfold::stats
