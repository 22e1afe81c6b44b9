#include "rank_steps.h"

#include <algorithm>

namespace crossfold::stats {
namespace {

void add_all(RankSteps& steps, StepKind kind, std::span<const RankedSample> samples) {
  for (const RankedSample& one : samples) steps.add(kind, one.group);
}

}  // namespace

void rank_into(RankSteps& steps, std::span<RankedSample> samples) {
  steps.clear();
  // Within a tie the negatives first; equal ones may stand in any order, sums do not see it.
  std::sort(samples.begin(), samples.end(), [](const RankedSample& a, const RankedSample& b) {
    return a.score != b.score ? a.score < b.score : !a.positive && b.positive;
  });
  for (auto begin = samples.begin(); begin != samples.end();) {
    const auto end = std::find_if(
        begin, samples.end(), [&](const RankedSample& one) { return one.score != begin->score; });
    const auto first_positive =
        std::find_if(begin, end, [](const RankedSample& one) { return one.positive; });
    const std::span<const RankedSample> negatives(begin, first_positive);
    const std::span<const RankedSample> positives(first_positive, end);
    if (positives.empty() || negatives.empty()) {
      add_all(steps, StepKind::negative, negatives);
      add_all(steps, StepKind::positive, positives);
    } else {
      add_all(steps, StepKind::half_of_negative, negatives);
      add_all(steps, StepKind::positive, positives);
      add_all(steps, StepKind::half_of_negative, negatives);
    }
    begin = end;
  }
}

}  // namespace crossfold::stats
