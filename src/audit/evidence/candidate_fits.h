#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "crossfold/audit/run_evidence.h"
#include "crossfold/plan/plan.h"
#include "crossfold/results/run_records.h"

namespace crossfold::audit {

/// The fits of one candidate of an experiment on one embedding set, on the folds: a row of its
/// table.
struct CandidateFits {
  std::uint32_t experiment = 0;  ///< index into Job::experiments
  std::uint32_t embedding = 0;   ///< index into Job::embeddings
  std::uint32_t candidate = 0;   ///< index into the experiment's candidates
  std::vector<const Fit*> planned;
  std::vector<const FitResult*> done;  ///< [planned]; nullptr: missing or failed

  [[nodiscard]] std::size_t done_count() const;
  [[nodiscard]] bool complete() const { return done_count() == planned.size(); }
};

/// All candidates in the plan's order. `records` must outlive what is returned.
[[nodiscard]] std::vector<CandidateFits> candidate_fits(const RunRecords& records);

/// Those that a report shows: the ones that were not drawn by a sweep, and those that a rule of it
/// chose; complete ones, or, where a run is not at its end, with one fit at least.
[[nodiscard]] std::vector<CandidateFits> shown_candidates(const RunEvidence& evidence);

/// "task, made/z, baseline".
[[nodiscard]] std::string row_name(const RunRecords& records, const CandidateFits& fits);

/// n_test / n_train (validation included), the mean over the fits that both have done; 0 without
/// any. For the corrected error (stats/summary.h). Both have the same splits in the same order.
[[nodiscard]] double shared_test_share(const CandidateFits& a, const CandidateFits& b);

}  // namespace crossfold::audit
