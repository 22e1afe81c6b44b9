#pragma once

#include <filesystem>

#include "crossfold/results/run_records.h"

namespace crossfold {

/// Writes artefacts.h5 to `target`: where what was kept of each fit lies. data-schemas/results.md
/// describes it. Error{bad_input} naming every file of artefacts that is missing or too short.
void write_artefact_index(const std::filesystem::path& target,
                          const std::filesystem::path& directory, const RunRecords& records);

}  // namespace crossfold
