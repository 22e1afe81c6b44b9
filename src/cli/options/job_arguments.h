#pragma once

#include <CLI/CLI.hpp>

#include "crossfold/study/study.h"

namespace crossfold::cli {

/// The arguments of every command that works on a job.
void add_job_arguments(CLI::App& command, JobArguments& arguments);

}  // namespace crossfold::cli
