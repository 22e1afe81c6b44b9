#include "crossfold/stats/bootstrap_bias.h"

#include <algorithm>
#include <numeric>

#include "crossfold/core/error.h"
#include "crossfold/stats/percentile.h"

namespace crossfold::stats {
namespace {

/// Of those candidates that have scores.
std::size_t bags_of(std::span<const BagScores> candidates) {
  std::size_t bags = 0;
  for (const BagScores& one : candidates) bags = std::max(bags, one.in_bag.size());
  for (const BagScores& one : candidates) {
    CF_EXPECT(one.in_bag.empty() || one.in_bag.size() == bags);
    CF_EXPECT(one.out_of_bag.size() == one.in_bag.size());
  }
  return bags;
}

}  // namespace

std::optional<CorrectedScore> bootstrap_bias_corrected(std::span<const BagScores> candidates,
                                                       const ChooseInBag& choose,
                                                       double confidence) {
  CF_EXPECT(confidence > 0 && confidence < 1);
  const std::size_t bags = bags_of(candidates);
  CorrectedScore result;
  result.chosen.assign(candidates.size(), 0);
  std::vector<double> scores;
  for (std::size_t bag = 0; bag < bags; ++bag) {
    const std::optional<std::size_t> choice = choose(bag);
    CF_EXPECT(!choice || candidates[*choice].out_of_bag.size() == bags);
    if (!choice || !candidates[*choice].out_of_bag[bag]) {
      ++result.undefined;
      continue;
    }
    scores.push_back(*candidates[*choice].out_of_bag[bag]);
    ++result.chosen[*choice];
  }
  if (scores.empty()) return std::nullopt;
  result.bags = scores.size();
  result.mean =
      std::accumulate(scores.begin(), scores.end(), 0.0) / static_cast<double>(scores.size());
  std::sort(scores.begin(), scores.end());
  result.interval = {.low = percentile(scores, (1 - confidence) / 2),
                     .high = percentile(scores, (1 + confidence) / 2)};
  return result;
}

}  // namespace crossfold::stats
