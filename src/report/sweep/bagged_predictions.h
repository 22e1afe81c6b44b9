#pragma once

#include <span>
#include <string>
#include <vector>

#include "crossfold/report/report.h"
#include "crossfold/results/run_records.h"
#include "crossfold/stats/bagged_scores.h"

#include "swept_fits.h"

namespace crossfold {

/// Scores of the drawn candidates' predictions in bootstrap bags of patients, for
/// sweep::bias_corrected_score; empty for those that are not complete. Out of a bag what one of
/// the rules chooses in it is scored, and nothing else.
struct BaggedCandidates {
  std::vector<stats::BagScores> scores;  ///< one for each drawn candidate
  std::string why_not;                   ///< why there are none; else empty
};

/// Reads the predictions of all candidates that are complete in `tables`, one candidate at a time
/// and those that are chosen twice: on held-out folds, or on left-out sources. `rules` have an
/// honest score by bags.
[[nodiscard]] BaggedCandidates bag_predictions(const RunRecords& records, const SweptFits& swept,
                                               const sweep::SelectionTables& tables, FitsOf of,
                                               std::span<const SelectionRule> rules,
                                               const ReadArtefacts& read);

}  // namespace crossfold
