#pragma once

#include <filesystem>

#include "crossfold/results/run_records.h"

namespace crossfold {

/// Writes results.h5 to `target`: scores of all fits as columns, and, where kept, predictions,
/// curves and features of each. data-schemas/results.md describes it.
void write_results_file(const std::filesystem::path& target, const std::filesystem::path& directory,
                        const RunRecords& records);

}  // namespace crossfold
