#pragma once

#include <filesystem>
#include <string>
#include <unordered_set>
#include <vector>

#include "crossfold/core/ids.h"
#include "crossfold/results/run_records.h"

namespace crossfold {

/// What a run lacks of what its fits left behind: whole files, that were moved away or deleted.
struct MissingArtefacts {
  std::unordered_set<FitId> fits;
  /// One for each file: whose artefacts it held, and how to have them trained again.
  std::vector<std::string> lines;
};

[[nodiscard]] MissingArtefacts missing_artefacts(const std::filesystem::path& directory,
                                                 const RunRecords& records);

}  // namespace crossfold
