#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "crossfold/results/run_records.h"

namespace crossfold::audit {

/// A candidate on one embedding set, and its fits on the folds that succeeded.
struct JudgedCandidate {
  std::size_t experiment = 0;
  std::size_t embedding = 0;
  std::size_t candidate = 0;
  std::vector<const Fit*> fits;    ///< by seed and fold
  std::optional<double> task_auc;  ///< mean over them, on the held-out folds
};

/// Of all candidates of an experiment with a fit done: embeddings in the job's order, candidates
/// within.
[[nodiscard]] std::vector<JudgedCandidate> candidates_with_fits(const RunRecords& records,
                                                                std::size_t experiment);

/// Those that a study reports: for each embedding set the best of each kind (linear, baseline,
/// disentangled) by its mean held-out AUC among those with the most fits.
[[nodiscard]] std::vector<JudgedCandidate> judged_candidates(const RunRecords& records,
                                                             std::size_t experiment);

/// "baseline on made/z".
[[nodiscard]] std::string name_of(const RunRecords& records, const JudgedCandidate& judged);

}  // namespace crossfold::audit
