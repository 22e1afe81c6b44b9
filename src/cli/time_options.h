#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>

#include "crossfold/fleet/coordinator.h"
#include "crossfold/fleet/placement.h"
#include "crossfold/mpi/session.h"

namespace crossfold::cli {

/// What the user says of times: --stop-within, --time-limit, --lost-after.
struct TimeOptions {
  double stop_within_s = fleet::CoordinatorLimits{}.stop_within_s;
  std::optional<double> time_limit_s;
  double lost_after_s = mpi::SessionLimits{}.silence_s;
};

void add_time_options(CLI::App& command, TimeOptions& options);

/// "90", "90s", "15m", "2h" or Slurm's "[days-]hours:minutes:seconds" in seconds. Error{usage}.
[[nodiscard]] double parse_duration(const std::string& text);

/// The limits of a run that starts at `now_unix_s` (seconds since 1970). Without --time-limit, the
/// end of the Slurm allocation is one, where Slurm tells it (SLURM_JOB_END_TIME).
[[nodiscard]] fleet::CoordinatorLimits coordinator_limits(const TimeOptions& options,
                                                          const fleet::Environment& environment,
                                                          std::int64_t now_unix_s);

}  // namespace crossfold::cli
