#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "crossfold/core/validation_errors.h"
#include "crossfold/site/batch_script.h"
#include "crossfold/study/study.h"

#include "run_options.h"

namespace crossfold::cli {

/// The command line of `submit`.
struct SubmitOptions {
  JobArguments job;
  std::optional<std::filesystem::path> out;
  std::optional<std::filesystem::path> program;
  std::optional<std::filesystem::path> setup;
  std::vector<std::string> run_arguments;
  site::BatchOptions batch;
  bool dry_run = false;
  bool json = false;
};

void add_submit_options(CLI::App& command, SubmitOptions& options);

/// What the script starts with `crossfold run`, read as `run` will read it: a slip shows here, not
/// when the job starts. Error{usage}.
[[nodiscard]] RunOptions read_run_arguments(const SubmitOptions& options);

/// What the script's times and those of the run say of each other, and what cannot run in a script.
void check_submit_options(const SubmitOptions& options, const RunOptions& run,
                          ValidationErrors& errors);

/// What the script of a job of this name is made of. `own_program`: where none is named. Paths are
/// absolute, so that they hold wherever the script runs.
[[nodiscard]] site::BatchOptions batch_options(const SubmitOptions& options,
                                               const std::string& job_name,
                                               const std::filesystem::path& directory,
                                               const std::filesystem::path& own_program);

}  // namespace crossfold::cli
