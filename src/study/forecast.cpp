#include "forecast.h"

#include <algorithm>
#include <cstddef>

namespace crossfold {
namespace {

/// How much longer a cost takes in a solver than in a network, where only one of them is measured:
/// what 75 fits of each came to on one core (tests/study/forecast_cases.json).
constexpr double kSolverToNetwork = 9;

/// What a worker's first cohort takes longer than it would later: loading, first touches of memory.
/// 0.2 to 0.9 s in the cases; of long cohorts it is nothing.
constexpr double kWarmUp_s = 0.2;

/// Of one kind; nothing where nothing of it was measured, here or before.
std::optional<double> pace_of(const MeasuredWork& first, const MeasuredWork& later,
                              const std::optional<double>& before, std::uint32_t workers) {
  if (later.cost > 0) {
    const double weight = before ? workers * later.cost / later.cohorts : 0;
    return (later.seconds + weight * before.value_or(0)) / (later.cost + weight);
  }
  if (before || first.cost <= 0) return before;
  return std::max(0.5 * first.seconds, first.seconds - kWarmUp_s * first.cohorts) / first.cost;
}

/// Seconds per cost of each kind; nothing while none is known.
std::optional<CostByKind> paces_of(const WorkSoFar& work) {
  WorkSoFar::Paces paces;
  for (std::size_t kind = 0; kind < kWorkKinds; ++kind)
    paces[kind] = pace_of(work.first[kind], work.later[kind], work.pace_before[kind], work.workers);
  const std::optional<double>& linear = paces[index_of(WorkKind::linear)];
  const std::optional<double>& network = paces[index_of(WorkKind::network)];
  if (!linear && !network) return std::nullopt;
  return CostByKind{linear.value_or(network.value_or(0) * kSolverToNetwork),
                    network.value_or(linear.value_or(0) / kSolverToNetwork)};
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

CostByKind expected_to_come(const Job& job, const Plan& plan, std::span<const Stage> latest,
                            const ForeseenFits& foreseen) {
  CostByKind costs{};
  for (const Stage& stage : latest) {
    const Chain& chain = plan.chains[stage.chain];
    const StageRecord& record = stage.record;
    if (record.over || chain.fits.empty()) continue;
    auto fits =
        static_cast<double>(record.fits_at_most - std::min(record.fits, record.fits_at_most));
    if (const auto found = foreseen.find(stage.chain); found != foreseen.end())
      fits = std::min(fits, found->second);
    const double each = fits / static_cast<double>(chain.fits.size());
    for (const std::uint32_t fit : chain.fits)
      costs[index_of(kind_of(job, plan.fits[fit]))] += each * plan.fits[fit].cost;
  }
  return costs;
}

}  // namespace crossfold
