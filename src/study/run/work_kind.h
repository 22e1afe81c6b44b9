#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <numeric>

#include "crossfold/job/job.h"
#include "crossfold/plan/plan.h"

namespace crossfold {

/// Fits whose times are in proportion to their costs among themselves. Between the kinds they are
/// not: Fit::cost counts operations, and a solver's are slower than a network's.
enum class WorkKind : std::size_t { linear, network };

inline constexpr std::size_t kWorkKinds = 2;

[[nodiscard]] constexpr std::size_t index_of(WorkKind kind) {
  return static_cast<std::size_t>(kind);
}

/// Costs as Fit::cost, or seconds, of each kind.
using CostByKind = std::array<double, kWorkKinds>;

/// Cohorts that told how long they took.
struct MeasuredWork {
  double cost = 0;
  double seconds = 0;  ///< of one worker each
  double cohorts = 0;
  double logs = 0;         ///< sum of cost x ln(seconds / cost)
  double log_squares = 0;  ///< likewise of the logarithms' squares
  double log_cubes = 0;    ///< and of their third powers

  void add(double of_cost, double took_s) {
    cost += of_cost;
    seconds += took_s;
    cohorts += 1;
    if (of_cost <= 0 || took_s <= 0) return;
    const double log_pace = std::log(took_s / of_cost);
    logs += of_cost * log_pace;
    log_squares += of_cost * log_pace * log_pace;
    log_cubes += of_cost * log_pace * log_pace * log_pace;
  }
};

[[nodiscard]] inline double sum_of(const CostByKind& costs) {
  return std::accumulate(costs.begin(), costs.end(), 0.0);
}

[[nodiscard]] inline WorkKind kind_of(const Job& job, const Fit& fit) {
  const Candidate& candidate = job.experiments[fit.experiment].candidates[fit.candidate];
  return is_network(candidate) ? WorkKind::network : WorkKind::linear;
}

}  // namespace crossfold
