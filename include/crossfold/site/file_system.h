#pragma once

#include <filesystem>
#include <vector>

#include "crossfold/site/finding.h"

namespace crossfold::site {

/// Tries in `directory` what a run directory needs: locks, renaming over a file, flushing, space.
/// Leaves nothing behind. A folder that cannot be written to is a finding as well.
[[nodiscard]] std::vector<Finding> check_file_system(const std::filesystem::path& directory);

}  // namespace crossfold::site
