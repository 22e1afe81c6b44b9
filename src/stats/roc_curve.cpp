#include "crossfold/stats/roc_curve.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

#include <fmt/format.h>

#include "crossfold/core/error.h"

namespace crossfold::stats {
namespace {

/// How many of each side have at least a score.
struct Counted {
  std::int64_t negatives = 0;
  std::int64_t positives = 0;
};

bool on_one_line(const Counted& a, const Counted& b, const Counted& c) {
  return (b.negatives - a.negatives) * (c.positives - b.positives) ==
         (c.negatives - b.negatives) * (b.positives - a.positives);
}

}  // namespace

std::vector<RocPoint> roc_curve(std::span<const double> scores,
                                std::span<const std::uint8_t> positive) {
  CF_EXPECT(scores.size() == positive.size());
  for (std::size_t i = 0; i < scores.size(); ++i)
    CF_VALIDATE(!std::isnan(scores[i]), ErrorCode::bad_input,
                fmt::format("score {} is NaN (it has no rank). score with numbers only", i));
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
  std::vector<Counted> corners{{}};
  Counted now;
  for (std::size_t i = 0; i < order.size(); ++i) {
    ++(positive[order[i]] ? now.positives : now.negatives);
    if (i + 1 < order.size() && scores[order[i + 1]] == scores[order[i]]) continue;
    if (corners.size() > 1 && on_one_line(corners[corners.size() - 2], corners.back(), now))
      corners.back() = now;
    else
      corners.push_back(now);
  }
  if (now.negatives == 0 || now.positives == 0) return {};
  std::vector<RocPoint> curve;
  curve.reserve(corners.size());
  for (const Counted& at : corners)
    curve.push_back({static_cast<double>(at.negatives) / static_cast<double>(now.negatives),
                     static_cast<double>(at.positives) / static_cast<double>(now.positives)});
  return curve;
}

std::vector<double> true_positive_rates(std::span<const RocPoint> curve,
                                        std::span<const double> rates) {
  CF_EXPECT(!curve.empty());
  std::vector<double> found;
  std::size_t at = 0;
  for (const double rate : rates) {
    while (at + 1 < curve.size() && curve[at + 1].false_positive_rate <= rate) ++at;
    double value = curve[at].true_positive_rate;
    if (at + 1 < curve.size()) {
      const RocPoint& next = curve[at + 1];
      const double share = (rate - curve[at].false_positive_rate) /
                           (next.false_positive_rate - curve[at].false_positive_rate);
      value += share * (next.true_positive_rate - value);
    }
    found.push_back(value);
  }
  return found;
}

}  // namespace crossfold::stats
