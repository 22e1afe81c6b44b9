#pragma once

#include "crossfold/report/compare.h"

namespace crossfold {

/// Fills in `rows`, `rows_only_left` and `rows_only_right`.
void compare_rows(const RunRecords& left, const RunRecords& right, RunComparison& comparison);

}  // namespace crossfold
