#include "crossfold/study/time_limits.h"

#include <algorithm>
#include <charconv>
#include <chrono>

#include <fmt/format.h>

#include "crossfold/core/duration.h"
#include "crossfold/core/error.h"
#include "crossfold/core/log.h"

namespace crossfold {
namespace {

// What is kept free at the end for the journal and whatever the batch script does.
constexpr double kReserveSeconds = 5;

/// The end of this allocation, seconds since 1970.
std::optional<std::int64_t> allocation_end(const fleet::Environment& environment) {
  const auto text = environment("SLURM_JOB_END_TIME");
  if (!text) return std::nullopt;
  std::int64_t value = 0;
  const char* end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, value);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return value;
}

}  // namespace

void check_times(const TimeLimits& times, ValidationErrors& errors) {
  if (!times.time_limit_s || *times.time_limit_s > times.stop_within_s + kReserveSeconds) return;
  errors.add(
      "--time-limit",
      fmt::format("is {} (no time to work: the run would stop at once, as --stop-within "
                  "keeps {} of it and the end another {}). give more than {}, or lower "
                  "--stop-within",
                  given_duration_text(*times.time_limit_s),
                  given_duration_text(times.stop_within_s), given_duration_text(kReserveSeconds),
                  given_duration_text(times.stop_within_s + kReserveSeconds)));
}

std::int64_t unix_time_s() {
  return std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
}

fleet::CoordinatorLimits coordinator_limits(const TimeLimits& times,
                                            const fleet::Environment& environment,
                                            std::int64_t now_unix_s) {
  fleet::CoordinatorLimits limits{.silence_s = times.lost_after_s,
                                  .stop_within_s = times.stop_within_s};
  double left_s = 0;
  if (times.time_limit_s) {
    left_s = *times.time_limit_s -
             static_cast<double>(now_unix_s - times.begun_unix_s.value_or(now_unix_s));
    log_info(fmt::format("time limit: {}", given_duration_text(*times.time_limit_s)));
  } else if (const auto end = allocation_end(environment)) {
    left_s = static_cast<double>(*end - now_unix_s);
    if (left_s > 0)
      log_info(fmt::format("time limit: {} (the end of the Slurm allocation)",
                           given_duration_text(left_s)));
    else
      log_warning(
          "the Slurm allocation was to end before now (SLURM_JOB_END_TIME): the run stops at "
          "once. give --time-limit where the allocation was prolonged, or unset the variable");
  } else {
    return limits;
  }
  limits.time_limit_s = std::max(0.0, left_s - kReserveSeconds);
  return limits;
}

int code_of_stop(const TimeLimits& times, bool on_request, std::size_t done,
                 const std::string& thing) {
  if (on_request || done > 0 || !times.time_limit_s) return exit_code(ErrorCode::stopped);
  throw Error(
      ErrorCode::usage,
      fmt::format("{} was too short for a single {}, so that the same command would end like this "
                  "again and again (--stop-within keeps {} of it). give more time",
                  given_duration_text(*times.time_limit_s), thing,
                  given_duration_text(times.stop_within_s + kReserveSeconds)),
      "--time-limit");
}

}  // namespace crossfold
