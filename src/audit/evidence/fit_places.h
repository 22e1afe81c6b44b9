#pragma once

#include <string>

#include "crossfold/plan/plan.h"
#include "crossfold/results/run_records.h"

namespace crossfold::audit {

/// "task, made/z, baseline, seed 0, fold 2 (9f3a...)": a fit as a reader finds it.
[[nodiscard]] std::string place_of(const RunRecords& records, const Fit& fit);

}  // namespace crossfold::audit
