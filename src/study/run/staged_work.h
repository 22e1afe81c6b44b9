#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <unordered_set>
#include <vector>

#include "crossfold/fleet/work_source.h"
#include "crossfold/job/job.h"
#include "crossfold/plan/plan.h"
#include "crossfold/plan/stages.h"

#include "remaining_work.h"

namespace crossfold {

/// What is left of a plan that may have chains: the fits of no chain and of the stages decided so
/// far, and, as results come in, those of the stages that hang on them. Without chains it is
/// RemainingWork and nothing else.
///
/// While a stage drains, fits that later stages are likely to ask for are given to workers that
/// would be idle. They are kept like all others, and count once their stage asks for them, if it
/// does: stages and what is decided in them are the same with and without.
class StagedWork final : public fleet::WorkSource {
 public:
  /// `job`, `plan` and `stages` must outlive it. `stages` were told what is recorded and decided
  /// what they could; `done` are the fits that need no training.
  StagedWork(const Job& job, const Plan& plan, Stages& stages,
             const std::unordered_set<FitId>& done);

  /// Fits to train, as far as they are known: those of later stages come on top.
  [[nodiscard]] std::size_t fits() const { return remaining_.fits(); }
  [[nodiscard]] double cost() const { return remaining_.cost(); }
  [[nodiscard]] const CostByKind& costs() const { return remaining_.costs(); }
  /// Which of the basis' sets they, or those of later stages, need.
  [[nodiscard]] std::vector<bool> embeddings() const;
  void share_among(std::uint32_t workers) {
    workers_ = workers;
    remaining_.share_among(workers);
  }
  /// See RemainingWork.
  void join_up_to(std::size_t fits) { remaining_.join_up_to(fits); }
  /// Fits given out that no stage has asked for so far.
  [[nodiscard]] const std::unordered_set<FitId>& ahead() const { return ahead_; }

  /// Is told of each stage before any of its fits is given out.
  std::function<void(const Stage&)> on_stage = [](const Stage&) {};

  /// Results that are safe on disk. May be called by another thread than next().
  void recorded(std::vector<FitResult> results);

  /// Lets the stages see what was recorded; decides nothing. By the thread of next().
  void show_recorded();

  [[nodiscard]] fleet::SuppliedWork next() override;

 private:
  /// Those of the fits that are not done and were not given out before.
  [[nodiscard]] std::vector<std::uint32_t> fresh_of(const std::vector<std::uint32_t>& fits);
  void decide();
  /// Adds fits that are likely to be needed, so many as workers would be idle.
  void work_ahead();

  const Plan* plan_;
  Stages* stages_;
  std::unordered_set<FitId> settled_;  ///< done, or given to remaining_
  RemainingWork remaining_;
  std::unordered_set<FitId> ahead_;
  std::uint32_t workers_ = 1;
  std::size_t recorded_fits_ = 0;  ///< that were given out
  std::mutex mutex_;
  std::vector<FitResult> recorded_;  ///< that no decision has seen; under mutex_
};

}  // namespace crossfold
