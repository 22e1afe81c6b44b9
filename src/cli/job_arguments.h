#pragma once

#include <filesystem>
#include <optional>

#include <CLI/CLI.hpp>

namespace crossfold::cli {

/// The arguments of every command that works on a job.
struct JobArguments {
  std::filesystem::path job;
  std::optional<std::filesystem::path> store;
};

void add_job_arguments(CLI::App& command, JobArguments& arguments);

}  // namespace crossfold::cli
