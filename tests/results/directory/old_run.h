#pragma once

#include <filesystem>

#include "results/small_run.h"

namespace crossfold::testing {

/// Two fits of the small study as the earlier program recorded them: a CBOR file for each fit,
/// journal of format 1. `path`: of the run directory to be.
void write_old_run(const SmallRun& run, const std::filesystem::path& path);

}  // namespace crossfold::testing
