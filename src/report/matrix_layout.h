#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "crossfold/report/report.h"

#include "layout.h"

namespace crossfold {

/// The names of the experiments that were written with several training sets, each once.
[[nodiscard]] std::vector<std::string> matrices_of(const Report& report);

/// The tables of one of them, in the order of its training sets.
[[nodiscard]] std::vector<const ReportTable*> parts_of_matrix(const Report& report,
                                                              const std::string& matrix);

/// The cell of a named set's measure in a row; nullptr where the table has no such column.
[[nodiscard]] const ScoreCell* find_cell(const ReportTable& table, const ReportRow& row,
                                         std::size_t set, Measure measure);

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
