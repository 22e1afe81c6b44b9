#pragma once

#include <CLI/CLI.hpp>

#include "crossfold/core/validation_errors.h"
#include "crossfold/study/run_study.h"

#include "isa_option.h"
#include "job_arguments.h"

namespace crossfold::cli {

/// The command line of `run`; `submit` reads what it passes on with it as well.
struct RunOptions {
  JobArguments job;
  RunSettings settings;
  bool merge = false;  ///< instead of training
  IsaChoice isa;
};

void add_run_options(CLI::App& command, RunOptions& options);

/// Options that exclude each other, however the run is started.
void check_run_options(const RunOptions& options, ValidationErrors& errors);

}  // namespace crossfold::cli
