#include "crossfold/plan/plan_warnings.h"

#include <algorithm>
#include <cstddef>

#include <fmt/format.h>

namespace crossfold {
namespace {

struct SplitCount {
  std::size_t without = 0;  ///< validation samples of the split file
  std::size_t all = 0;
};

SplitCount without_given_validation(const Job& job, const PlanBasis& basis,
                                    std::uint32_t experiment) {
  const std::string& name = job.experiments[experiment].name;
  const std::uint32_t folds = splits_of_a_seed(job, basis, experiment);
  SplitCount count;
  for (std::uint32_t seed = 0; seed < static_cast<std::uint32_t>(job.splits.seeds); ++seed)
    for (std::uint32_t fold = 0; fold < folds; ++fold) {
      const SplitTable::Parts* parts =
          basis.given_splits->find(name, SeedIndex(seed), FoldIndex(fold));
      ++count.all;
      if (parts == nullptr || parts->validation.empty()) ++count.without;
    }
  return count;
}

bool scores_best_model(const Candidate& candidate) {
  return is_network(candidate) && training_of(candidate).model == ScoredModel::best;
}

void add_idle_settings(const Job& job, const PlanBasis& basis, std::uint32_t experiment,
                       std::vector<std::string>& warnings) {
  const std::string& name = job.experiments[experiment].name;
  const std::vector<Candidate>& candidates = job.experiments[experiment].candidates;
  if (std::none_of(candidates.begin(), candidates.end(), is_network)) return;
  std::string splits = "its splits have";
  if (basis.given_splits) {
    const auto [without, all] = without_given_validation(job, basis, experiment);
    if (without == 0) return;
    if (without < all) splits = fmt::format("{} of {} splits have", without, all);
  }
  const bool best = std::any_of(candidates.begin(), candidates.end(), scores_best_model);
  warnings.push_back(fmt::format(
      "experiment '{}': {} no validation samples (splits.validation is 0{}), so that training has "
      "no plateau rule there: the learning rate stays and all epochs are trained{}. set "
      "splits.validation, or give the samples in a split file, if this is not meant",
      name, splits, basis.given_splits ? ", and the split file gives none" : "",
      best ? ", and \"model\": \"best\" scores the last model" : ""));
}

}  // namespace

std::optional<std::string> long_planning(const SplitSettings& splits, std::size_t samples) {
  constexpr double kMostSilent = 1e8;  // samples of all splits: some seconds of a core
  constexpr double kMostSplits = 1e7;
  const int of_a_seed = splits.scheme == SplitScheme::k_fold ? splits.folds : 1;
  const double count = static_cast<double>(splits.seeds) * of_a_seed;
  if (count > kMostSplits || count * static_cast<double>(samples) <= kMostSilent)
    return std::nullopt;
  return fmt::format("planning: {:.0f} splits of {} samples are drawn, which may take minutes",
                     count, samples);
}

std::vector<std::string> plan_warnings(const Job& job, const PlanBasis& basis) {
  std::vector<std::string> warnings = basis.warnings;
  if (job.splits.validation > 0) return warnings;  // set aside wherever none is given
  for (std::uint32_t i = 0; i < job.experiments.size(); ++i)
    add_idle_settings(job, basis, i, warnings);
  return warnings;
}

}  // namespace crossfold
