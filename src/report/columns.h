#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "crossfold/job/job.h"
#include "crossfold/plan/fit_result.h"
#include "crossfold/report/report.h"

namespace crossfold {

/// The scores of an experiment whose target has `levels` levels and whose fits are on splits of
/// this scheme, main columns first.
[[nodiscard]] std::vector<ReportColumn> columns_of(const Experiment& experiment, std::size_t levels,
                                                   SplitScheme scheme);

/// The score set that a column is taken from; nullptr when the fit has none.
[[nodiscard]] const stats::ScoreSet* score_set(const FitResult& result, const ReportColumn& column);

/// One fit's value of a measure; empty when undefined.
[[nodiscard]] std::optional<double> measure_of(const stats::ScoreSet& scores, Measure measure);

/// One succeeded fit's value in a column; empty when undefined.
[[nodiscard]] std::optional<double> value_of(const FitResult& result, const ReportColumn& column);

/// One succeeded fit's class scores that were left out of the value in a column.
[[nodiscard]] std::size_t undefined_classes(const FitResult& result, const ReportColumn& column);

/// A class score by its place in kClassScores.
[[nodiscard]] std::optional<double> class_score(const stats::ClassScores& scores,
                                                std::size_t index);

}  // namespace crossfold
