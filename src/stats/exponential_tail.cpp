#include "crossfold/stats/exponential_tail.h"

#include <cmath>

namespace crossfold::stats {

double ExponentialTail::expected_above(double y) const {
  return count * std::exp(-rate * (y - start));
}

std::optional<ExponentialTail> fit_exponential_tail(std::span<const double> largest,
                                                    std::size_t skipped) {
  constexpr std::size_t kLeastSpacings = 30;
  const std::size_t k = largest.size();
  if (k < skipped + 1 + kLeastSpacings) return std::nullopt;
  double sum = 0;
  for (std::size_t i = skipped + 1; i < k; ++i)
    sum += static_cast<double>(i) * (largest[i - 1] - largest[i]);
  const double mean = sum / static_cast<double>(k - 1 - skipped);
  if (!(mean > 0) || !std::isfinite(mean)) return std::nullopt;
  return ExponentialTail{
      .start = largest[k - 1], .rate = 1 / mean, .count = static_cast<double>(k)};
}

}  // namespace crossfold::stats
