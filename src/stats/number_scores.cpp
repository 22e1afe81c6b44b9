#include "crossfold/stats/number_scores.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <vector>

#include "crossfold/core/error.h"

namespace crossfold::stats {
namespace {

double quantile(const std::vector<double>& sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (place - std::floor(place)) * (sorted[above] - sorted[below]);
}

}  // namespace

std::optional<double> r_squared(std::span<const double> predicted, std::span<const double> actual) {
  CF_EXPECT(predicted.size() == actual.size());
  if (actual.empty()) return std::nullopt;
  const double mean =
      std::accumulate(actual.begin(), actual.end(), 0.0) / static_cast<double>(actual.size());
  double left = 0, all = 0;
  for (std::size_t i = 0; i < actual.size(); ++i) {
    left += (actual[i] - predicted[i]) * (actual[i] - predicted[i]);
    all += (actual[i] - mean) * (actual[i] - mean);
  }
  if (!(all > 0)) return std::nullopt;
  return 1 - left / all;
}

Terciles terciles(std::span<const double> values) {
  CF_EXPECT(!values.empty());
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  return {.low = quantile(sorted, 1.0 / 3), .high = quantile(sorted, 2.0 / 3)};
}

}  // namespace crossfold::stats
