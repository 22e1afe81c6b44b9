#include "candidate_splits.h"

namespace crossfold {

std::vector<SplitPlace> candidate_splits(const Job& job, const PlanBasis& basis,
                                         std::uint32_t experiment, const Candidate& candidate) {
  const auto seeds = static_cast<std::uint32_t>(job.splits.seeds);
  const std::uint32_t folds = splits_of_a_seed(job, basis, experiment);
  std::vector<SplitPlace> places;
  SplitPlace place{.experiment = experiment,
                   .seed = {},
                   .fold = {},
                   .validation = validation_of(candidate),
                   .scheme = job.splits.scheme};
  const auto add = [&](std::uint32_t seed, std::uint32_t fold, std::uint32_t inner) {
    place.seed = SeedIndex(seed);
    place.fold = FoldIndex(fold);
    place.inner = FoldIndex(inner);
    places.push_back(place);
  };
  for (std::uint32_t seed = 0; seed < seeds; ++seed)
    for (std::uint32_t fold = 0; fold < folds; ++fold) add(seed, fold, 0);

  place.scheme = SplitScheme::source_out;
  for (std::uint32_t seed = 0; seed < seeds; ++seed)
    for (const std::uint32_t source : basis.left_out_sources[experiment]) add(seed, source, 0);

  const std::optional<SweepSettings>& sweep = job.experiments[experiment].sweep;
  if (!sweep || !sweep->nested || candidate.parameters.empty()) return places;
  place.scheme = SplitScheme::nested;
  for (std::uint32_t seed = 0; seed < seeds; ++seed)
    for (std::uint32_t fold = 0; fold < folds; ++fold)
      for (int inner = 0; inner < sweep->nested->folds; ++inner)
        add(seed, fold, static_cast<std::uint32_t>(inner));
  return places;
}

}  // namespace crossfold
