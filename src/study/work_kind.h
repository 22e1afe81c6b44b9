#pragma once

#include <array>
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
};

[[nodiscard]] inline double sum_of(const CostByKind& costs) {
  return std::accumulate(costs.begin(), costs.end(), 0.0);
}

[[nodiscard]] inline WorkKind kind_of(const Job& job, const Fit& fit) {
  const Candidate& candidate = job.experiments[fit.experiment].candidates[fit.candidate];
  return candidate.kind == CandidateKind::linear ? WorkKind::linear : WorkKind::network;
}

}  // namespace crossfold
