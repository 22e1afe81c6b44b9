#include "forecast.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <set>

namespace crossfold {
namespace {

/// How much longer a cost takes in a solver than in a network, where only one of them is measured:
/// what 75 fits of each came to on one core (tests/study/forecast_cases.json).
constexpr double kSolverToNetwork = 9;

/// Seconds per cost of each kind; nothing while none is known.
std::optional<CostByKind> paces_of(const WorkSoFar& work) {
  CostByKind paces{};
  for (std::size_t kind = 0; kind < kWorkKinds; ++kind)
    paces[kind] =
        work.measured[kind] > 0 ? work.seconds[kind] / work.measured[kind] : work.pace_before[kind];
  double& linear = paces[index_of(WorkKind::linear)];
  double& network = paces[index_of(WorkKind::network)];
  if (linear <= 0 && network <= 0) return std::nullopt;
  if (linear <= 0) linear = network * kSolverToNetwork;
  if (network <= 0) network = linear / kSolverToNetwork;
  return paces;
}

/// Of the candidates of one rung, how many see the next: the geometric mean of what was seen and,
/// as one rung more, of a guess.
double share_going_on(const RaceSettings& race, const StageRecord& latest, double entered) {
  constexpr double kGreedyShare = 1.0 / 3;
  constexpr double kGuess = 0.6;
  if (!race.risk) return kGreedyShare;
  if (entered <= 0) return kGuess;
  return std::pow(kGuess * latest.living / entered, 1.0 / (latest.number + 1.0));
}

/// Fits of the rungs after the latest, and those that leave a source out behind the last rung.
double race_fits_to_come(const Job& job, const Plan& plan, const Chain& chain,
                         const StageRecord& latest) {
  const RaceSettings& race = *job.experiments[chain.experiment].sweep->race;
  std::set<std::uint32_t> candidates;
  double source_out = 0;
  for (const std::uint32_t fit : chain.fits) {
    candidates.insert(plan.fits[fit].candidate);
    source_out += plan.fits[fit].scheme == SplitScheme::source_out ? 1 : 0;
  }
  const auto entered = static_cast<double>(candidates.size());
  const double share = share_going_on(race, latest, entered);
  std::vector<std::uint32_t> rungs(race.rungs.begin(), race.rungs.end());
  rungs.push_back(static_cast<std::uint32_t>(job.splits.seeds * job.splits.folds));
  double living = latest.living;
  double fits = 0;
  std::uint32_t splits = latest.splits;
  for (const std::uint32_t rung : rungs) {
    if (rung <= splits) continue;
    living = std::max(1.0, living * share);
    fits += living * (rung - splits);
    splits = rung;
  }
  if (latest.splits <= rungs.back()) fits += living * source_out / entered;
  return fits;
}

}  // namespace

std::optional<Forecast> forecast(const WorkSoFar& work) {
  const auto paces = paces_of(work);
  if (!paces || work.workers == 0) return std::nullopt;
  double left_s = 0;
  for (std::size_t kind = 0; kind < kWorkKinds; ++kind) left_s += (*paces)[kind] * work.left[kind];
  double longest_s = 0;
  for (const fleet::ItemAtHand& item : work.at_hand) {
    const double expected_s =
        (*paces)[std::min<std::size_t>(item.kind, kWorkKinds - 1)] * item.cost;
    left_s -= std::min(item.since_s, expected_s);
    longest_s = std::max(longest_s, expected_s - item.since_s);
  }
  const double machine_s = work.workers * work.elapsed_s;
  const double at_work = machine_s > 0 ? std::clamp(work.busy_s / machine_s, 0.1, 1.0) : 1.0;
  Forecast result;
  result.left_s = std::max({0.0, longest_s, left_s / (work.workers * at_work)});
  const double total_s = work.elapsed_s + result.left_s;
  result.share = total_s > 0 ? work.elapsed_s / total_s : 1;
  return result;
}

CostByKind expected_to_come(const Job& job, const Plan& plan, std::span<const Stage> latest) {
  CostByKind costs{};
  for (const Stage& stage : latest) {
    const Chain& chain = plan.chains[stage.chain];
    const StageRecord& record = stage.record;
    if (record.over || chain.fits.empty()) continue;
    const auto most =
        static_cast<double>(record.fits_at_most - std::min(record.fits, record.fits_at_most));
    double fits = most;
    if (!record.generation) fits = std::min(most, race_fits_to_come(job, plan, chain, record));
    const double each = fits / static_cast<double>(chain.fits.size());
    for (const std::uint32_t fit : chain.fits)
      costs[index_of(kind_of(job, plan.fits[fit]))] += each * plan.fits[fit].cost;
  }
  return costs;
}

}  // namespace crossfold
