#pragma once

#include <optional>
#include <span>
#include <vector>

namespace crossfold::stats {

/// Ranks from 1, ties with the mean of theirs. No value may be NaN.
[[nodiscard]] std::vector<double> mean_ranks(std::span<const double> values);

/// Spearman's rank correlation and its two-sided p by Student's t with n - 2 degrees of freedom
/// (Spearman 1904; Zar 1972: good from some ten pairs on).
struct RankCorrelation {
  double rho = 0;
  double p = 1;
};

/// Of pairs (a[i], b[i]). Empty under three pairs or where one side does not vary.
[[nodiscard]] std::optional<RankCorrelation> spearman(std::span<const double> a,
                                                      std::span<const double> b);

}  // namespace crossfold::stats
