#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <unordered_set>
#include <vector>

#include "crossfold/fleet/work_source.h"
#include "crossfold/job/job.h"
#include "crossfold/plan/plan.h"

#include "work_kind.h"

namespace crossfold {

/// What is left of a plan, for the fleet: cohorts without the fits that are left out (done, or not
/// to be done yet), the costliest first in steps of a half, some at a time. A cohort's bytes are
/// made when it is asked for.
class RemainingWork final : public fleet::WorkSource {
 public:
  /// `job` and `plan` must outlive it.
  RemainingWork(const Job& job, const Plan& plan, std::unordered_set<FitId> left_out);

  [[nodiscard]] std::size_t fits() const { return fits_; }
  /// Of these, those that next() has given.
  [[nodiscard]] std::size_t given_fits() const { return given_fits_; }
  [[nodiscard]] double cost() const { return sum_of(costs_); }
  [[nodiscard]] const CostByKind& costs() const { return costs_; }
  /// Which of the basis' sets they need.
  [[nodiscard]] const std::vector<bool>& embeddings() const { return embeddings_; }

  /// So many workers take part: towards the end cohorts are cut, so that none stands idle while
  /// another has many fits before it. No number depends on it.
  void share_among(std::uint32_t workers) { workers_ = workers; }

  /// Workers are GPUs, which train so many fits at a time: cohorts behind one another that share
  /// embedding set and batch size are joined, and cut as above. No number depends on it.
  void join_up_to(std::size_t fits) { joined_ = fits; }

  /// Further fits of the plan, none of which is done or was left to do before; the costliest cohort
  /// first, behind all that was to do already.
  void add(std::span<const std::uint32_t> fits);

  [[nodiscard]] fleet::SuppliedWork next() override;

 private:
  [[nodiscard]] std::vector<const Fit*> fits_of(std::uint32_t cohort) const;
  /// The next cohort's fits, and those of cohorts that join it; they count as given.
  [[nodiscard]] std::vector<const Fit*> take_joined(std::size_t end);
  /// A cohort's fits, in as many items as it is cut into.
  void add_items(const std::vector<const Fit*>& fits, std::vector<fleet::WorkItem>& items);

  const Job* job_;
  const Plan* plan_;
  std::unordered_set<FitId> left_out_;  ///< done, or not to be done yet
  std::size_t planned_;                 ///< cohorts of the plan, when this was made
  std::deque<Cohort> added_;
  std::vector<std::uint32_t> cohorts_;  ///< those of the plan, then those added
  std::uint32_t workers_ = 1;
  std::size_t joined_ = 0;  ///< fits; 0: cohorts stay as they are
  std::size_t given_ = 0;   ///< cohorts
  std::size_t given_fits_ = 0;
  std::size_t fits_ = 0;
  CostByKind costs_{};
  std::vector<bool> embeddings_;
};

}  // namespace crossfold
