#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "crossfold/plan/plan.h"
#include "crossfold/report/report.h"

namespace crossfold {

/// One planned fit beside its result; nullptr when none is recorded.
struct RecordedFit {
  const Fit* fit = nullptr;
  const FitResult* result = nullptr;
  [[nodiscard]] bool done() const { return result && !result->failed(); }
};

/// The fits of one row, in the plan's order (seed, fold).
using RowFits = std::vector<RecordedFit>;

/// What each fit gives for a column, in order; empty where it is missing, failed or undefined.
[[nodiscard]] std::vector<std::optional<double>> values_of(const RowFits& fits,
                                                           const ReportColumn& column);

/// Mean of n_test / n_train over the fits that are done; empty where none is.
[[nodiscard]] std::optional<double> mean_test_share(const RowFits& fits);

/// Paired tests of every candidate of an embedding against the first one, for each column that has
/// corrected errors. `rows` and `fits` run in parallel.
[[nodiscard]] std::vector<Comparison> compare_candidates(const std::vector<ReportColumn>& columns,
                                                         const std::vector<ReportRow>& rows,
                                                         const std::vector<RowFits>& fits);

}  // namespace crossfold
