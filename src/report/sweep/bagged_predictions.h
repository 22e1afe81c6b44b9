#pragma once

#include <string>
#include <vector>

#include "crossfold/report/report.h"
#include "crossfold/results/run_records.h"
#include "crossfold/stats/bagged_scores.h"

#include "swept_fits.h"

namespace crossfold {

/// Scores of the drawn candidates' predictions in bootstrap bags of patients, for
/// sweep::bias_corrected_score; empty for those that are not complete.
struct BaggedCandidates {
  std::vector<stats::BagScores> scores;  ///< one for each drawn candidate
  std::string why_not;                   ///< why there are none; else empty
};

/// Reads the predictions of all candidates that are complete in `tables`, one candidate at a time:
/// those on held-out folds, or on left-out sources.
[[nodiscard]] BaggedCandidates bag_predictions(const RunRecords& records, const SweptFits& swept,
                                               const sweep::SelectionTables& tables, FitsOf of,
                                               const ReadArtefacts& read);

}  // namespace crossfold
