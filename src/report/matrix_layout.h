#pragma once

#include <string>
#include <vector>

#include "crossfold/report/report.h"

#include "layout.h"

namespace crossfold {

/// The names of the experiments that were written with several training sets, each once.
[[nodiscard]] std::vector<std::string> matrices_of(const Report& report);

/// One of them: a row for each embedding set, candidate, training set and set that was scored. Two
/// classes have the columns of U's table 2.
[[nodiscard]] PrintedTable matrix_table(const Report& report, const std::string& matrix,
                                        const NumberStyle& style);

/// Its AUC: a row for each embedding set, candidate and training set, a column for each set that
/// was scored.
[[nodiscard]] PrintedTable matrix_auc_table(const Report& report, const std::string& matrix,
                                            const NumberStyle& style);

/// A row for each candidate and each turn of splits that leave levels out; the main scores.
[[nodiscard]] PrintedTable turn_table(const ReportTable& table, const NumberStyle& style);

}  // namespace crossfold
