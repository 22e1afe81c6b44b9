#pragma once

#include <CLI/CLI.hpp>

#include "crossfold/study/time_limits.h"

namespace crossfold::cli {

/// Each is a duration within bounds, else Error{usage} that names the option and the text.
void add_time_options(CLI::App& command, TimeLimits& times);

}  // namespace crossfold::cli
