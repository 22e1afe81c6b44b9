#pragma once

#include "run_session.h"

namespace crossfold::cli {

/// `run` without a launcher: the coordinator and its workers are threads of this process.
[[nodiscard]] int run_alone(const RunOptions& options);

}  // namespace crossfold::cli
