#pragma once

#include <filesystem>

#include "crossfold/results/run_directory.h"
#include "crossfold/study/study.h"

namespace crossfold {

/// `run --merge`: takes the shards of `directory` together. Exit code 0 when every fit is there, 1
/// when some failed or are missing; it says where they are to be had.
[[nodiscard]] int merge_run(const Study& study, const std::filesystem::path& directory,
                            Repairs repairs);

}  // namespace crossfold
