#include "foreseeing_rule.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "crossfold/sweep/race_outlook.h"

namespace crossfold {
namespace {

constexpr double kGoingOn = 0.6;  ///< of a race's contenders from rung to rung, without scores

using Position = std::pair<SeedIndex, FoldIndex>;
using FitsByCandidate = std::map<std::uint32_t, std::map<Position, std::uint32_t>>;

/// The cross-validation fits of the stages, of each candidate that the last of them trains.
FitsByCandidate fits_of_living(const Plan& plan, std::span<const Stage> before,
                               const Stage& decided) {
  FitsByCandidate fits;
  for (const std::uint32_t index : decided.fits) fits[plan.fits[index].candidate];
  for (const Stage& stage : before)
    for (const std::uint32_t index : stage.fits) {
      const Fit& fit = plan.fits[index];
      const auto found = fits.find(fit.candidate);
      if (found != fits.end() && fit.scheme == SplitScheme::k_fold)
        found->second[{fit.seed, fit.fold}] = index;
    }
  return fits;
}

std::set<std::string> staying(std::span<const Stage> before, const Stage& decided) {
  std::set<std::string> names;
  const auto note = [&](const StageRecord& record) {
    if (record.leader_stays) names.insert(record.leader);
  };
  for (const Stage& stage : before) note(stage.record);
  note(decided.record);
  return names;
}

std::size_t entered(const Plan& plan, const Chain& chain) {
  std::set<std::uint32_t> candidates;
  for (const std::uint32_t fit : chain.fits) candidates.insert(plan.fits[fit].candidate);
  return candidates.size();
}

/// Of one candidate, with sources left out behind the last rung.
double source_out_fits(const Plan& plan, const Chain& chain, std::size_t candidates) {
  const auto fits = std::count_if(chain.fits.begin(), chain.fits.end(), [&](std::uint32_t fit) {
    return plan.fits[fit].scheme == SplitScheme::source_out;
  });
  return static_cast<double>(fits) / static_cast<double>(candidates);
}

}  // namespace

ForeseeingRule::ForeseeingRule(std::unique_ptr<StageRule> rule, const Job& job, const Plan& plan,
                               ForeseenFits& foreseen)
    : rule_(std::move(rule)), job_(&job), plan_(&plan), foreseen_(&foreseen) {}

std::optional<double> ForeseeingRule::score(std::uint32_t chain, const FitResult& result) const {
  return rule_->score(chain, result);
}

std::vector<std::uint32_t> ForeseeingRule::likely(std::uint32_t chain,
                                                  std::span<const Stage> before,
                                                  const ChainScores& scores) const {
  return rule_->likely(chain, before, scores);
}

Stage ForeseeingRule::next(std::uint32_t chain, std::span<const Stage> before,
                           const ChainScores& scores) const {
  Stage stage = rule_->next(chain, before, scores);
  const Experiment& experiment = job_->experiments[plan_->chains[chain].experiment];
  if (experiment.sweep && experiment.sweep->race)
    foreseen_->insert_or_assign(chain, fits_after(chain, before, stage, scores));
  return stage;
}

double ForeseeingRule::fits_after(std::uint32_t chain, std::span<const Stage> before,
                                  const Stage& decided, const ChainScores& scores) const {
  const Chain& of = plan_->chains[chain];
  const Experiment& experiment = job_->experiments[of.experiment];
  const RaceSettings& race = *experiment.sweep->race;
  const auto all_splits = static_cast<std::uint32_t>(job_->splits.seeds * job_->splits.folds);
  if (decided.record.over || decided.record.splits > all_splits) return 0;
  const std::size_t candidates = entered(*plan_, of);

  const FitsByCandidate fits = fits_of_living(*plan_, before, decided);
  const std::uint32_t trained = before.empty() ? 0 : before.back().record.splits;
  const std::set<std::string> stay = staying(before, decided);
  std::vector<sweep::Contender> living;
  std::vector<std::optional<double>> table;
  for (const auto& [candidate, of_candidate] : fits) {
    living.push_back(
        {.candidate = candidate, .stays = stay.contains(experiment.candidates[candidate].name)});
    for (const auto& [position, fit] : of_candidate)
      table.push_back(scores.of(plan_->fits[fit].id));
  }
  std::vector<double> going_on = sweep::expected_going_on(
      {.rungs = race.rungs, .all_splits = all_splits, .candidates = candidates}, trained, living,
      table, race);
  if (race.risk && trained == 0)
    for (double share = kGoingOn; double& number : going_on) {
      number *= share;
      share *= kGoingOn;
    }

  // What goes on after the rung that is trained now is trained up to the next, and so on.
  std::vector<std::uint32_t> ends(race.rungs.begin(), race.rungs.end());
  ends.push_back(all_splits);
  const std::size_t first = ends.size() - 1 - going_on.size();
  double expected = 0;
  for (std::size_t i = 0; i < going_on.size(); ++i)
    expected += going_on[i] * (ends[first + i + 1] - ends[first + i]);
  const double at_the_end =
      going_on.empty() ? static_cast<double>(decided.record.living) : going_on.back();
  return expected + at_the_end * source_out_fits(*plan_, of, candidates);
}

}  // namespace crossfold
