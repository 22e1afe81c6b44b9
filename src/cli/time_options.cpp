#include "time_options.h"

#include <algorithm>
#include <charconv>
#include <functional>

#include <fmt/format.h>

#include "crossfold/core/duration.h"
#include "crossfold/core/error.h"
#include "crossfold/core/log.h"

namespace crossfold::cli {
namespace {

// What is kept free at the end for the journal and whatever the batch script does.
constexpr double kReserveSeconds = 5;

constexpr double kDay = 24 * 3600;

/// What an option's duration may be, in words as well.
struct DurationBounds {
  double low_s;
  double high_s;
  const char* why;  ///< the bounds are what they are
};
constexpr DurationBounds kStopWithin{1, kDay, "the journal needs a moment, and a stop an end"};
constexpr DurationBounds kTimeLimit{1, 365 * kDay, "no run lasts longer than a year"};
constexpr DurationBounds kLostAfter{
    2, kDay,
    "ranks give a sign of life every second, and work of a lost one must not wait for ever"};

double read_duration(const char* option, const std::string& text, const DurationBounds& bounds) {
  const auto seconds = parse_duration(text);
  CF_VALIDATE(
      seconds.has_value(), ErrorCode::usage,
      fmt::format("'{}' is no duration. write {}; a number alone is seconds", text, kDurationForms),
      option);
  CF_VALIDATE(*seconds >= bounds.low_s && *seconds <= bounds.high_s, ErrorCode::usage,
              fmt::format("is '{}', {} ({}). give {} to {}", text, duration_text(*seconds),
                          bounds.why, duration_text(bounds.low_s), duration_text(bounds.high_s)),
              option);
  return *seconds;
}

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

void check_times(const TimeOptions& options, Mistakes& mistakes) {
  if (!options.time_limit_s || *options.time_limit_s > options.stop_within_s + kReserveSeconds)
    return;
  mistakes.add("--time-limit",
               fmt::format("is {} (no time to work: the run would stop at once, as --stop-within "
                           "keeps {} of it and the end another {}). give more than {}, or lower "
                           "--stop-within",
                           duration_text(*options.time_limit_s),
                           duration_text(options.stop_within_s), duration_text(kReserveSeconds),
                           duration_text(options.stop_within_s + kReserveSeconds)));
}

fleet::CoordinatorLimits coordinator_limits(const TimeOptions& options,
                                            const fleet::Environment& environment,
                                            std::int64_t now_unix_s) {
  fleet::CoordinatorLimits limits{.silence_s = options.lost_after_s,
                                  .stop_within_s = options.stop_within_s};
  std::optional<double> left_s = options.time_limit_s;
  const char* whose = "";
  if (const auto end = allocation_end(environment); end && !left_s) {
    left_s = static_cast<double>(*end - now_unix_s);
    whose = " (the end of the Slurm allocation)";
  }
  if (!left_s) return limits;
  log_info(fmt::format("time limit: {}{}", duration_text(*left_s), whose));
  limits.time_limit_s = std::max(0.0, *left_s - kReserveSeconds);
  return limits;
}

int code_of_stop(const TimeOptions& options, bool on_request, std::size_t done,
                 const std::string& thing) {
  if (on_request || done > 0 || !options.time_limit_s) return exit_code(ErrorCode::stopped);
  throw Error(
      ErrorCode::usage,
      fmt::format("{} was too short for a single {}, so that the same command would end like this "
                  "again and again (--stop-within keeps {} of it). give more time",
                  duration_text(*options.time_limit_s), thing,
                  duration_text(options.stop_within_s + kReserveSeconds)),
      "--time-limit");
}

void add_time_options(CLI::App& command, TimeOptions& options) {
  const auto add = [&](const char* name, auto& target, const DurationBounds& bounds,
                       const std::string& help) {
    command
        .add_option_function<std::string>(
            name,
            [name, &target, &bounds](const std::string& text) {
              target = read_duration(name, text, bounds);
            },
            help)
        ->type_name("TIME");
  };
  add("--stop-within", options.stop_within_s, kStopWithin,
      "How long a stop may take (signals USR1, USR2, TERM and INT ask for one): work in flight "
      "is finished where that leaves time to end, else dropped (default: 20s)");
  add("--time-limit", options.time_limit_s, kTimeLimit,
      fmt::format("Stop by then, and hand out nothing that would not be done (default: the end of "
                  "the Slurm allocation, if there is one). A TIME is {}; a number alone is seconds",
                  kDurationForms));
  add("--lost-after", options.lost_after_s, kLostAfter,
      "A rank that gives no sign of life for so long is declared lost, and its work given to "
      "others; rank 0 is given half as long again (default: 20s)");
}

}  // namespace crossfold::cli
