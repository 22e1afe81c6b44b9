#include "forecast.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

#include "pace.h"

namespace crossfold {
namespace {

/// How much longer a cost takes in a solver than in a network, where only one of them is measured:
/// what 75 fits of each came to on one core (tests/study/forecast_cases.json).
constexpr double kSolverToNetwork = 9;

using Paces = std::array<std::optional<Pace>, kWorkKinds>;

std::vector<fleet::ItemAtHand> held_of(const WorkSoFar& work, std::size_t kind) {
  std::vector<fleet::ItemAtHand> items;
  for (const fleet::ItemAtHand& item : work.at_hand)
    if (std::min<std::size_t>(item.kind, kWorkKinds - 1) == kind) items.push_back(item);
  return items;
}

Pace scaled(Pace pace, double factor) {
  pace.log_mean += std::log(factor);
  return pace;
}

/// Of each kind; a kind that was not measured by the other. Nothing while none is known.
std::optional<std::array<Pace, kWorkKinds>> paces_of(const WorkSoFar& work) {
  Paces paces;
  for (std::size_t kind = 0; kind < kWorkKinds; ++kind)
    paces[kind] = pace_of({.first = work.first[kind],
                           .later = work.later[kind],
                           .before = work.pace_before[kind],
                           .workers = work.workers},
                          held_of(work, kind));
  const std::optional<Pace>& linear = paces[index_of(WorkKind::linear)];
  const std::optional<Pace>& network = paces[index_of(WorkKind::network)];
  if (!linear && !network) return std::nullopt;
  return std::array{linear ? *linear : scaled(*network, kSolverToNetwork),
                    network ? *network : scaled(*linear, 1 / kSolverToNetwork)};
}

/// Machine seconds of the rest.
struct Rest {
  double seconds = 0;
  double variance = 0;   ///< of the logarithm
  double longest_s = 0;  ///< of what is at hand
  double cohorts = 0;    ///< that the paces rest on
};

Rest rest_of(const WorkSoFar& work, const std::array<Pace, kWorkKinds>& paces) {
  Rest rest;
  CostByKind waiting = work.left;
  CostByKind seconds{};
  for (std::size_t kind = 0; kind < kWorkKinds; ++kind) {
    waiting[kind] += work.to_come.mean[kind];
    for (const fleet::ItemAtHand& item : held_of(work, kind)) {
      const double left_s = paces[kind].rest_s(item);
      waiting[kind] -= item.cost;
      seconds[kind] += left_s;
      rest.longest_s = std::max(rest.longest_s, left_s);
    }
    waiting[kind] = std::max(0.0, waiting[kind]);
    seconds[kind] += paces[kind].mean() * waiting[kind];
    rest.seconds += seconds[kind];
  }
  for (std::size_t kind = 0; kind < kWorkKinds && rest.seconds > 0; ++kind) {
    const double share = seconds[kind] / rest.seconds;
    rest.variance += share * share * paces[kind].variance_of(seconds[kind] / paces[kind].mean());
    rest.cohorts += share * paces[kind].cohorts;
  }
  return rest;
}

/// Quantile of a standard normal, within 0.02 up to 0.999 (Tukey's lambda distribution).
double normal_quantile(double share) {
  return 4.91 * (std::pow(share, 0.14) - std::pow(1 - share, 0.14));
}

/// From when workers find no more work to the end of the last of them, beyond the mean of all: the
/// longest of as many pieces, nearly, as they are half-way through theirs.
double uneven_end_s(const WorkSoFar& work, const std::array<Pace, kWorkKinds>& paces,
                    const Rest& rest) {
  const Pace& pace = paces[index_of(WorkKind::network)];
  const double piece_s = pace.mean() * work.last_piece;
  if (piece_s <= 0) return 0;
  const double others = std::min<double>(work.workers, rest.seconds / piece_s);
  if (others <= 1) return 0;
  const double share = others / (others + 1);
  const double longest = share * std::exp(std::sqrt(pace.log_variance) * normal_quantile(share));
  return piece_s * std::max(0.0, longest - 0.5 * std::exp(pace.log_variance));
}

/// Student's quantile that nine of ten lie within, nearly; what the model leaves out takes one of
/// them.
double quantile(double cohorts) { return 1.645 * (1 + 0.9 / std::max(1.0, cohorts + 2)); }

/// Factors below and above what is expected.
struct Factors {
  double down = 1;
  double up = 1;
};

Factors factors_of(const WorkSoFar& work, const std::array<Pace, kWorkKinds>& paces,
                   const Rest& rest) {
  double fewer_s = 0;
  double more_s = 0;
  for (std::size_t kind = 0; kind < kWorkKinds; ++kind) {
    const double pace = paces[kind].mean();
    fewer_s += pace * std::max(0.0, work.to_come.mean[kind] - work.to_come.least[kind]);
    more_s += pace * std::max(0.0, work.to_come.most[kind] - work.to_come.mean[kind]);
  }
  if (rest.seconds <= 0) return {};
  const double by_pace = quantile(rest.cohorts) * std::sqrt(rest.variance);
  const double fewer = std::log(std::max(0.05, 1 - fewer_s / rest.seconds));
  const double more = std::log1p(more_s / rest.seconds);
  return {.down = std::exp(-std::hypot(by_pace, fewer)), .up = std::exp(std::hypot(by_pace, more))};
}

}  // namespace

std::optional<Forecast> forecast(const WorkSoFar& work) {
  const auto paces = paces_of(work);
  if (!paces || work.workers == 0) return std::nullopt;
  const Rest rest = rest_of(work, *paces);
  const Factors factors = factors_of(work, *paces, rest);
  const double machine_s = work.workers * work.elapsed_s;
  const double at_work = machine_s > 0 ? std::clamp(work.busy_s / machine_s, 0.1, 1.0) : 1.0;
  const double shared_s = rest.seconds / (work.workers * at_work);
  Forecast result;
  result.left.seconds = std::max(rest.longest_s, shared_s + uneven_end_s(work, *paces, rest));
  result.left.least_s = result.left.seconds * factors.down;
  result.left.most_s = result.left.seconds * factors.up;
  if (std::any_of(paces->begin(), paces->end(),
                  [](const Pace& pace) { return pace.has_heavy_tail(); }))
    result.left.most_s = std::numeric_limits<double>::infinity();
  const double total_s = work.elapsed_s + result.left.seconds;
  result.share = total_s > 0 ? work.elapsed_s / total_s : 1;
  return result;
}

CostToCome expected_to_come(const Job& job, const Plan& plan, std::span<const Stage> latest,
                            const ForeseenFits& foreseen, const std::unordered_set<FitId>& ahead) {
  CostToCome costs;
  for (const Stage& stage : latest) {
    const Chain& chain = plan.chains[stage.chain];
    const StageRecord& record = stage.record;
    if (record.over || chain.fits.empty()) continue;
    const auto at_most =
        static_cast<double>(record.fits_at_most - std::min(record.fits, record.fits_at_most));
    sweep::Expected fits{.mean = at_most, .low = at_most, .high = at_most};
    if (const auto found = foreseen.find(stage.chain); found != foreseen.end())
      fits = found->second;
    const auto is_ahead = [&](std::uint32_t fit) { return ahead.contains(plan.fits[fit].id); };
    const auto trained_ahead = static_cast<double>(
        ahead.empty() ? 0 : std::count_if(chain.fits.begin(), chain.fits.end(), is_ahead));
    const auto each = [&](double number) {
      return std::max(0.0, std::min(number, at_most) - trained_ahead) /
             static_cast<double>(chain.fits.size());
    };
    for (const std::uint32_t fit : chain.fits) {
      const std::size_t kind = index_of(kind_of(job, plan.fits[fit]));
      costs.mean[kind] += each(fits.mean) * plan.fits[fit].cost;
      costs.least[kind] += each(fits.low) * plan.fits[fit].cost;
      costs.most[kind] += each(fits.high) * plan.fits[fit].cost;
    }
  }
  return costs;
}

}  // namespace crossfold
