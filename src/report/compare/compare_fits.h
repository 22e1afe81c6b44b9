#pragma once

#include "crossfold/report/compare.h"

namespace crossfold {

/// Where a fit of a plan stands, by the names that its job has.

/// Fills in `fits`, `values`, `validation_auc_once` and `artefacts`; the tolerance is there.
void compare_fits(const ComparedRun& left, const ComparedRun& right, RunComparison& comparison);

}  // namespace crossfold
