#pragma once

#include <cstdint>
#include <unordered_set>
#include <vector>

#include "crossfold/fleet/work_source.h"
#include "crossfold/job/job.h"
#include "crossfold/plan/plan.h"

namespace crossfold {

/// What is left of a plan, for the fleet: cohorts without the fits that are done, the costliest
/// first, some at a time. A cohort's bytes are made when it is asked for.
class RemainingWork final : public fleet::WorkSource {
 public:
  /// `job` and `plan` must outlive it.
  RemainingWork(const Job& job, const Plan& plan, std::unordered_set<FitId> done);

  [[nodiscard]] std::size_t fits() const { return fits_; }
  [[nodiscard]] double cost() const { return cost_; }
  /// Which of the basis' sets they need.
  [[nodiscard]] const std::vector<bool>& embeddings() const { return embeddings_; }

  /// So many workers take part: towards the end cohorts are cut, so that none stands idle while
  /// another has many fits before it. No number depends on it.
  void share_among(std::uint32_t workers) { workers_ = workers; }

  [[nodiscard]] fleet::SuppliedWork next() override;

 private:
  void add_items(const Cohort& cohort, std::vector<fleet::WorkItem>& items);

  const Job* job_;
  const Plan* plan_;
  std::unordered_set<FitId> done_;
  std::vector<std::uint32_t> cohorts_;  ///< of the plan
  std::uint32_t workers_ = 1;
  std::size_t given_ = 0;  ///< cohorts
  std::size_t given_fits_ = 0;
  std::size_t fits_ = 0;
  double cost_ = 0;
  std::vector<bool> embeddings_;
};

}  // namespace crossfold
