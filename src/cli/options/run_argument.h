#pragma once

#include <filesystem>

#include "crossfold/results/run_records.h"

namespace crossfold::cli {

/// A run directory to be read by people: load_run(), but a directory that holds nothing except
/// shards that were not merged yet is Error{bad_input} saying what to do.
[[nodiscard]] RunRecords load_merged_run(const std::filesystem::path& directory);

}  // namespace crossfold::cli
