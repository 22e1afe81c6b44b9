#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "crossfold/results/run_records.h"
#include "crossfold/sweep/score_table.h"
#include "crossfold/sweep/selection.h"

#include "comparisons.h"

namespace crossfold {

/// One candidate of an experiment on one embedding set with all of its fits, trained or not.
struct CandidateFits {
  const Candidate* candidate = nullptr;
  RowFits fits;        ///< of k-fold, by seed and fold
  RowFits source_out;  ///< by seed and source; empty without the rule source_out
  RowFits nested;      ///< by seed, fold and inner fold; empty where it is not nested
};

/// The candidates of a swept experiment on one embedding set.
struct SweptFits {
  const Experiment* experiment = nullptr;
  std::uint32_t experiment_index = 0;
  std::uint32_t embedding = 0;
  std::vector<CandidateFits> drawn;           ///< in the job's order
  std::vector<CandidateFits> fixed;           ///< likewise: those that were not drawn
  std::vector<Stage> stages;                  ///< of the race; empty without one
  std::vector<sweep::CandidateState> states;  ///< of the drawn ones
};

/// Which fits of a candidate.
using FitsOf = RowFits CandidateFits::*;

/// As SweptFits::states, where those fits must be complete as well.
[[nodiscard]] std::vector<sweep::CandidateState> states_with(const SweptFits& swept, FitsOf of);

/// `records` must outlive what is returned. Error{bad_input} as build_report.
[[nodiscard]] SweptFits swept_fits(const RunRecords& records, std::uint32_t experiment,
                                   std::uint32_t embedding);

/// What the rules choose from: the drawn candidates.
[[nodiscard]] sweep::SelectionTables selection_tables(const SweptFits& swept);

/// `get` of every fit that is done, one row for each of `candidates`.
[[nodiscard]] sweep::ScoreTable table_of(
    const std::vector<CandidateFits>& candidates,
    const std::function<std::optional<double>(const FitResult&)>& get,
    FitsOf of = &CandidateFits::fits);

/// Fits that are done.
[[nodiscard]] std::size_t done_fits(const RowFits& fits);

// Scores of a fit by which candidates are compared.
[[nodiscard]] std::optional<double> task_auc_of(const FitResult& result);
[[nodiscard]] std::optional<double> task_acc_of(const FitResult& result);
[[nodiscard]] std::optional<double> validation_auc_of(const FitResult& result);
[[nodiscard]] std::optional<double> oos_auc_of(const FitResult& result);
[[nodiscard]] std::optional<double> oos_acc_of(const FitResult& result);
[[nodiscard]] std::optional<double> probe_auc_of(const FitResult& result);

}  // namespace crossfold
