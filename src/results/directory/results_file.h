#pragma once

#include <filesystem>

#include "crossfold/results/run_records.h"

namespace crossfold {

/// Writes results.h5 to `target`: scores of all fits as columns. Equal fits give equal bytes.
/// data-schemas/results.md describes it.
void write_results_file(const std::filesystem::path& target, const RunRecords& records);

}  // namespace crossfold
