#include "crossfold/stats/rank_correlation.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

#include <boost/math/distributions/students_t.hpp>

#include "crossfold/core/error.h"

namespace crossfold::stats {

std::vector<double> mean_ranks(std::span<const double> values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t i, std::size_t j) { return values[i] < values[j]; });
  std::vector<double> ranks(values.size());
  for (std::size_t first = 0; first < order.size();) {
    std::size_t last = first;
    while (last < order.size() && values[order[last]] == values[order[first]]) ++last;
    const double rank = static_cast<double>(first + last + 1) / 2;
    for (; first < last; ++first) ranks[order[first]] = rank;
  }
  return ranks;
}

std::optional<RankCorrelation> spearman(std::span<const double> a, std::span<const double> b) {
  CF_EXPECT(a.size() == b.size());
  if (a.size() < 3) return std::nullopt;
  const auto n = static_cast<double>(a.size());
  const std::vector<double> x = mean_ranks(a);
  const std::vector<double> y = mean_ranks(b);
  const double mean = (n + 1) / 2;
  double xx = 0;
  double yy = 0;
  double xy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    xx += (x[i] - mean) * (x[i] - mean);
    yy += (y[i] - mean) * (y[i] - mean);
    xy += (x[i] - mean) * (y[i] - mean);
  }
  if (xx == 0 || yy == 0) return std::nullopt;
  const double rho = std::clamp(xy / std::sqrt(xx * yy), -1.0, 1.0);
  if (std::abs(rho) == 1) return RankCorrelation{.rho = rho, .p = 0};
  const double t = std::abs(rho) * std::sqrt((n - 2) / ((1 - rho) * (1 + rho)));
  const boost::math::students_t distribution(n - 2);
  return RankCorrelation{.rho = rho,
                         .p = 2 * boost::math::cdf(boost::math::complement(distribution, t))};
}

}  // namespace crossfold::stats
