#include "time_options.h"

#include <fmt/format.h>

#include "crossfold/core/duration.h"
#include "crossfold/core/error.h"

namespace crossfold::cli {
namespace {

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
    2, kDay, "ranks send a heartbeat every second, and work of a lost one must not wait for ever"};

double read_duration(const char* option, const std::string& text, const DurationBounds& bounds) {
  const auto seconds = parse_duration(text);
  CF_VALIDATE(
      seconds.has_value(), ErrorCode::usage,
      fmt::format("'{}' is no duration. write {}; a number alone is seconds", text, kDurationForms),
      option);
  CF_VALIDATE(*seconds >= bounds.low_s && *seconds <= bounds.high_s, ErrorCode::usage,
              fmt::format("is '{}', {} ({}). give {} to {}", text, given_duration_text(*seconds),
                          bounds.why, given_duration_text(bounds.low_s),
                          given_duration_text(bounds.high_s)),
              option);
  return *seconds;
}

}  // namespace

void add_time_options(CLI::App& command, TimeLimits& options) {
  options.begun_unix_s = unix_time_s();
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
      fmt::format("End within this time from the command's begin, and hand out nothing that would "
                  "not be done (default: the end of the Slurm allocation, if there is one). A TIME "
                  "is {}; a number alone is seconds",
                  kDurationForms));
  add("--lost-after", options.lost_after_s, kLostAfter,
      "A rank without a heartbeat for so long is declared lost, and its work given to "
      "others; rank 0 is given half as long again (default: 20s)");
}

}  // namespace crossfold::cli
