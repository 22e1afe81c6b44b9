#pragma once

#include <cstddef>
#include <filesystem>

#include "crossfold/plan/fit_result.h"
#include "crossfold/results/run_records.h"

namespace crossfold::audit {

/// Makes a fit look better than it was, without a contradiction: each of its predictions moves by
/// `share` (0 to 1) of the way towards the sample's label, and all scores of the target are
/// computed from what comes out. Only training it again can tell.
void forge(const RunRecords& records, FitResult& fit, double share);

/// Forges every `step`-th fit of a run, from number `first` on, and repairs all hashes.
void forge_run(const std::filesystem::path& run, std::size_t first, std::size_t step, double share);

}  // namespace crossfold::audit
