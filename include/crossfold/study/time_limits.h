#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "crossfold/core/validation_errors.h"
#include "crossfold/fleet/coordinator.h"
#include "crossfold/fleet/placement.h"
#include "crossfold/mpi/session.h"

namespace crossfold {

/// What the user says of times: --stop-within, --time-limit, --lost-after.
struct TimeLimits {
  double stop_within_s = fleet::CoordinatorLimits{}.stop_within_s;
  std::optional<double> time_limit_s;
  double lost_after_s = mpi::SessionLimits{}.silence_s;
  /// When the command began, seconds since 1970: --time-limit counts from there, so that what comes
  /// before the work is within it. Absent: from when the work begins.
  std::optional<std::int64_t> begun_unix_s = std::nullopt;
};

/// Times that exclude each other: a time limit that leaves no time to work before the stop.
void check_times(const TimeLimits& times, ValidationErrors& errors);

/// Seconds since 1970, now.
[[nodiscard]] std::int64_t unix_time_s();

/// The limits of a fleet that starts at `now_unix_s` (seconds since 1970). Without --time-limit,
/// the end of the Slurm allocation is one, where Slurm tells it (SLURM_JOB_END_TIME).
[[nodiscard]] fleet::CoordinatorLimits coordinator_limits(const TimeLimits& times,
                                                          const fleet::Environment& environment,
                                                          std::int64_t now_unix_s);

/// The exit code of a run that was stopped with work left: 75, run again. Error{usage} when a
/// --time-limit stopped it before one of `things` ("fit") was done: the same command would for
/// ever.
[[nodiscard]] int code_of_stop(const TimeLimits& times, bool on_request, std::size_t done,
                               const std::string& thing);

}  // namespace crossfold
