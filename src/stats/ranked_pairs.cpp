#include "crossfold/stats/ranked_pairs.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "crossfold/core/error.h"

namespace crossfold::stats {

RankedPairs::RankedPairs(std::span<const double> scores, std::span<const std::uint8_t> positive,
                         std::span<const std::uint32_t> strata, std::size_t n_strata)
    : n_strata_(n_strata) {
  CF_EXPECT(scores.size() == positive.size() && scores.size() == strata.size());
  for (const double score : scores)
    CF_VALIDATE(!std::isnan(score), ErrorCode::bad_input, "a score is NaN (it has no rank)");
  std::vector<std::uint32_t> order(scores.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(),
            [&](std::uint32_t i, std::uint32_t j) { return scores[i] < scores[j]; });
  order_.reserve(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    const std::uint32_t sample = order[i];
    CF_EXPECT(strata[sample] < n_strata);
    const bool ends = i + 1 == order.size() || scores[order[i + 1]] != scores[sample];
    order_.push_back({.sample = sample,
                      .stratum = strata[sample],
                      .positive = static_cast<std::uint8_t>(positive[sample] != 0),
                      .ends_tie = static_cast<std::uint8_t>(ends)});
  }
}

std::optional<double> RankedPairs::auc(std::span<const double> weights) const {
  CF_EXPECT(weights.size() == order_.size());
  std::vector<double> negative_below(n_strata_, 0), negative_tied(n_strata_, 0);
  std::vector<double> positive_sum(n_strata_, 0), positive_tied(n_strata_, 0);
  double above = 0;
  std::size_t first = 0;
  for (std::size_t i = 0; i < order_.size(); ++i) {
    const Ranked& one = order_[i];
    (one.positive != 0 ? positive_tied : negative_tied)[one.stratum] += weights[one.sample];
    if (one.ends_tie == 0) continue;
    for (std::size_t k = first; k <= i; ++k) {  // each stratum among the tied ones, once
      const std::size_t s = order_[k].stratum;
      above += positive_tied[s] * (negative_below[s] + negative_tied[s] / 2);
      positive_sum[s] += positive_tied[s];
      negative_below[s] += negative_tied[s];
      positive_tied[s] = negative_tied[s] = 0;
    }
    first = i + 1;
  }
  double pairs = 0;
  for (std::size_t s = 0; s < n_strata_; ++s) pairs += positive_sum[s] * negative_below[s];
  if (pairs == 0) return std::nullopt;
  return above / pairs;
}

double null_auc_error(std::size_t positives, std::size_t negatives) {
  CF_EXPECT(positives > 0 && negatives > 0);
  const auto p = static_cast<double>(positives);
  const auto n = static_cast<double>(negatives);
  return std::sqrt((p + n + 1) / (12 * p * n));
}

double auc_error(double auc, std::size_t positives, std::size_t negatives) {
  CF_EXPECT(positives > 0 && negatives > 0);
  CF_EXPECT(auc >= 0 && auc <= 1);
  const auto p = static_cast<double>(positives);
  const auto n = static_cast<double>(negatives);
  const double two_positives = auc / (2 - auc) - auc * auc;
  const double two_negatives = 2 * auc * auc / (1 + auc) - auc * auc;
  const double variance =
      (auc * (1 - auc) + (p - 1) * two_positives + (n - 1) * two_negatives) / (p * n);
  return std::sqrt(std::max(variance, 0.0));
}

}  // namespace crossfold::stats
