#include "crossfold/stats/bootstrap_bias.h"

#include <algorithm>
#include <numeric>

#include "crossfold/core/error.h"
#include "crossfold/stats/percentile.h"

namespace crossfold::stats {

std::optional<CorrectedScore> bootstrap_bias_corrected(
    std::span<const BagScores> candidates, std::span<const std::optional<std::size_t>> choices,
    double confidence) {
  CF_EXPECT(confidence > 0 && confidence < 1);
  CorrectedScore result;
  result.chosen.assign(candidates.size(), 0);
  std::vector<double> scores;
  for (std::size_t bag = 0; bag < choices.size(); ++bag) {
    const std::optional<std::size_t> choice = choices[bag];
    CF_EXPECT(!choice || candidates[*choice].out_of_bag.size() == choices.size());
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
