#pragma once

#include <unordered_set>
#include <vector>

#include "crossfold/fleet/work.h"
#include "crossfold/job/job.h"
#include "crossfold/plan/plan.h"

namespace crossfold {

/// What is left of a plan, for the fleet.
struct RemainingWork {
  std::vector<fleet::WorkItem> items;  ///< cohorts without the fits that are done
  std::size_t fits = 0;
  double cost = 0;
  std::vector<bool> embeddings;  ///< which of the basis' sets they need
};

[[nodiscard]] RemainingWork remaining_work(const Job& job, const Plan& plan,
                                           const std::unordered_set<FitId>& done);

}  // namespace crossfold
