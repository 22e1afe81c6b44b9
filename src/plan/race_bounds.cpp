#include "crossfold/plan/race_bounds.h"

#include <utility>

namespace crossfold {

std::vector<RaceBounds> race_bounds(const Job& job, const Plan& plan) {
  const auto splits =
      static_cast<std::size_t>(job.splits.seeds) * static_cast<std::size_t>(job.splits.folds);
  std::vector<RaceBounds> races;
  races.reserve(plan.chains.size());
  for (const Chain& chain : plan.chains) {
    if (!job.experiments[chain.experiment].sweep->race) continue;  // candidates in generations
    const std::size_t sources_out = plan.basis.left_out_sources[chain.experiment].size() *
                                    static_cast<std::size_t>(job.splits.seeds);
    RaceBounds race{.experiment = chain.experiment,
                    .embedding = chain.embedding.value(),
                    .candidates = chain.fits.size() / (splits + sources_out),
                    .rungs = job.experiments[chain.experiment].sweep->race->rungs,
                    .sources_out = sources_out,
                    .most = chain.fits.size()};
    race.least = race.candidates * race.rungs.front() + splits - race.rungs.front() + sources_out;
    races.push_back(std::move(race));
  }
  return races;
}

}  // namespace crossfold
