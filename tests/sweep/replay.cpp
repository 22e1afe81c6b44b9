#include "sweep/replay.h"

#include <algorithm>

#include "crossfold/core/error.h"
#include "crossfold/stats/summary.h"
#include "crossfold/sweep/race_order.h"

namespace crossfold::sweep {
namespace {

/// The surface's scores in the order of the race: [candidates, splits].
std::vector<std::optional<double>> in_race_order(const Surface& surface, std::uint64_t root_seed) {
  const auto order = race_order(root_seed, surface.seeds, surface.folds);
  std::vector<std::optional<double>> scores;
  scores.reserve(surface.scores.size());
  for (std::size_t candidate = 0; candidate < surface.candidates; ++candidate)
    for (const SplitPosition& split : order) {
      const std::size_t row = candidate * surface.seeds + split.seed.value;
      scores.push_back(surface.scores[row * surface.folds + split.fold.value]);
    }
  return scores;
}

std::vector<double> complete_means(const Surface& surface) {
  std::vector<double> means;
  for (std::size_t candidate = 0; candidate < surface.candidates; ++candidate) {
    const auto mean =
        stats::summarize(
            std::span(surface.scores).subspan(candidate * surface.splits(), surface.splits()))
            .mean;
    CF_EXPECT(mean);
    means.push_back(*mean);
  }
  return means;
}

Replay replay_with_means(const Surface& surface, const std::vector<double>& means,
                         std::uint64_t root_seed, std::span<const std::uint32_t> rungs,
                         const RungRule& rule) {
  const auto scores = in_race_order(surface, root_seed);
  std::vector<Contender> living(surface.candidates);
  for (std::size_t i = 0; i < living.size(); ++i) living[i].candidate = i;
  Replay replay;
  std::uint32_t previous = 0;
  for (const std::uint32_t splits : rungs) {
    replay.fits += living.size() * (splits - previous);
    std::vector<std::optional<double>> seen;
    seen.reserve(living.size() * splits);
    for (const Contender& contender : living) {
      const auto own = std::span(scores).subspan(contender.candidate * surface.splits(), splits);
      seen.insert(seen.end(), own.begin(), own.end());
    }
    const Rung rung{.splits = splits,
                    .previous = previous,
                    .all_splits = surface.splits(),
                    .candidates = surface.candidates};
    living = rule(rung, living, seen).going_on;
    previous = splits;
  }
  replay.fits += living.size() * (surface.splits() - previous);
  double chosen = means[living.front().candidate];
  for (const Contender& contender : living) chosen = std::max(chosen, means[contender.candidate]);
  replay.regret = *std::max_element(means.begin(), means.end()) - chosen;
  return replay;
}

}  // namespace

Replay replay_race(const Surface& surface, std::uint64_t root_seed,
                   std::span<const std::uint32_t> rungs, const RungRule& rule) {
  return replay_with_means(surface, complete_means(surface), root_seed, rungs, rule);
}

Replays replay_races(const Surface& surface, std::uint64_t first_seed, std::size_t replays,
                     std::span<const std::uint32_t> rungs, const RungRule& rule,
                     double indifference) {
  const std::vector<double> means = complete_means(surface);
  const auto all_fits = static_cast<double>(surface.candidates * surface.splits());
  Replays all{.replays = replays};
  for (std::size_t i = 0; i < replays; ++i) {
    const Replay one = replay_with_means(surface, means, first_seed + i, rungs, rule);
    if (one.regret > 0) ++all.other;
    if (one.regret > indifference) ++all.lost;
    all.mean_regret += one.regret / static_cast<double>(replays);
    all.largest_regret = std::max(all.largest_regret, one.regret);
    all.share_of_fits += static_cast<double>(one.fits) / all_fits / static_cast<double>(replays);
  }
  return all;
}

}  // namespace crossfold::sweep
