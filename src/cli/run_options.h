#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include <CLI/CLI.hpp>

#include "crossfold/mpi/run_fleet.h"
#include "crossfold/results/run_directory.h"
#include "crossfold/results/shards.h"

#include "isa_option.h"
#include "job_arguments.h"
#include "time_options.h"
#include "worker_setup.h"

namespace crossfold::cli {

/// The command line of `run`; `submit` reads what it passes on with it as well.
struct RunOptions {
  JobArguments job;
  std::optional<std::filesystem::path> out;
  std::optional<std::uint32_t> workers;
  std::optional<ShardNumber> shard;
  bool merge = false;
  Repairs repairs;
  mpi::CoordinatorMode coordinator = mpi::CoordinatorMode::working;
  DeviceChoice device = DeviceChoice::automatic;
  Pinning pinning = Pinning::on;
  IsaChoice isa;
  TimeOptions times;
};

void add_run_options(CLI::App& command, RunOptions& options);

/// Options that exclude each other, however the run is started.
void check_run_options(const RunOptions& options, Mistakes& mistakes);

}  // namespace crossfold::cli
