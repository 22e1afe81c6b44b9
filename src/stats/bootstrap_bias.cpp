#include "crossfold/stats/bootstrap_bias.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "crossfold/core/error.h"

namespace crossfold::stats {
namespace {

/// Between the two neighbours of position share x (n - 1).
double percentile(std::span<const double> sorted, double share) {
  const double position = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return std::lerp(sorted[below], sorted[above], position - std::floor(position));
}

}  // namespace

std::optional<std::size_t> best_in_bag(std::span<const BagScores> candidates, std::size_t bag) {
  std::optional<std::size_t> best;
  for (std::size_t c = 0; c < candidates.size(); ++c) {
    const std::optional<double>& score = candidates[c].in_bag[bag];
    if (score && (!best || *score > *candidates[*best].in_bag[bag])) best = c;
  }
  return best;
}

std::optional<CorrectedScore> bootstrap_bias_corrected(std::span<const BagScores> candidates,
                                                       const ChooseInBag& choose,
                                                       double confidence) {
  CF_EXPECT(confidence > 0 && confidence < 1);
  if (candidates.empty()) return std::nullopt;
  const std::size_t bags = candidates.front().in_bag.size();
  for (const BagScores& one : candidates)
    CF_EXPECT(one.in_bag.size() == bags && one.out_of_bag.size() == bags);

  CorrectedScore result;
  result.chosen.assign(candidates.size(), 0);
  std::vector<double> scores;
  for (std::size_t bag = 0; bag < bags; ++bag) {
    const std::optional<std::size_t> choice = choose(bag);
    CF_EXPECT(!choice || *choice < candidates.size());
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
