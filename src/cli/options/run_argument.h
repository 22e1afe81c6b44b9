#pragma once

#include <filesystem>

#include "crossfold/results/run_records.h"

namespace crossfold::cli {

/// Error{bad_input} saying what to do where a directory holds nothing except shards that were not
/// merged yet.
void refuse_unmerged_shards(const std::filesystem::path& directory);

/// A run directory to be read by people: load_run(), after refuse_unmerged_shards().
[[nodiscard]] RunRecords load_merged_run(const std::filesystem::path& directory);

}  // namespace crossfold::cli
