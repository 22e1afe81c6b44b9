#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "crossfold/results/run_records.h"

namespace crossfold {

/// How results.h5 of a run directory differs from what the journal gives: a line for each dataset
/// or attribute, with its first row; empty where it is as it would be made now. The file, which may
/// be anybody's, is read in a child process: call it before threads start. Error{io} where there
/// is none, Error{bad_input} where it is no sound HDF5 file.
[[nodiscard]] std::vector<std::string> differences_of_results_file(
    const std::filesystem::path& directory, const RunRecords& records);

}  // namespace crossfold
