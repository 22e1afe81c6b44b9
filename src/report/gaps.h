#pragma once

#include <string>
#include <vector>

#include "crossfold/report/report.h"

namespace crossfold {

/// What is missing and what failed, in sentences.
[[nodiscard]] std::vector<std::string> gap_notes(const Report& report);

/// Under an experiment's table: why cells do not rest on every fit, and what `*` means in it.
[[nodiscard]] std::vector<std::string> table_footnotes(const ReportTable& table, ColumnPlace place);

}  // namespace crossfold
