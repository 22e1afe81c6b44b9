#pragma once

#include <string_view>

namespace crossfold::site {

/// slurm/run.sbatch.in as it was when the program was built.
[[nodiscard]] std::string_view batch_template();

}  // namespace crossfold::site
