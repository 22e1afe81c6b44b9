#include "time_options.h"

#include <algorithm>
#include <charconv>
#include <string_view>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/core/log.h"

#include "progress.h"

namespace crossfold::cli {
namespace {

// What is kept free at the end for the journal and whatever the batch script does.
constexpr double kReserveSeconds = 5;

[[noreturn]] void refuse(const std::string& text) {
  throw Error(ErrorCode::usage,
              fmt::format("'{}' is no duration. write seconds (90 or 90s), minutes (15m), hours "
                          "(2h), or [days-]hours:minutes:seconds as Slurm does",
                          text));
}

/// A number of seconds, minutes, hours or days, not negative; cut off from the front of `rest`.
double take_number(std::string_view& rest, const std::string& text) {
  double number = 0;
  const char* end = rest.data() + rest.size();
  const auto [stop, error] = std::from_chars(rest.data(), end, number, std::chars_format::fixed);
  if (error != std::errc{} || !(number >= 0)) refuse(text);
  rest.remove_prefix(static_cast<std::size_t>(stop - rest.data()));
  return number;
}

bool take(std::string_view& rest, char mark) {
  if (!rest.starts_with(mark)) return false;
  rest.remove_prefix(1);
  return true;
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

double parse_duration(const std::string& text) {
  constexpr double kMinute = 60;
  constexpr double kHour = 60 * kMinute;
  constexpr double kDay = 24 * kHour;
  std::string_view rest = text;
  double first = take_number(rest, text);
  double seconds = 0;
  const bool has_days = take(rest, '-');
  if (has_days) {
    seconds = first * kDay;
    first = take_number(rest, text);
  }
  if (take(rest, ':')) {
    const double second = take_number(rest, text);
    const bool has_hours = take(rest, ':');
    if (has_hours)
      seconds += first * kHour + second * kMinute + take_number(rest, text);
    else if (has_days)
      seconds += first * kHour + second * kMinute;
    else
      seconds += first * kMinute + second;
  } else if (has_days) {
    seconds += first * kHour;
  } else {
    seconds = first * (take(rest, 'h') ? kHour : take(rest, 'm') ? kMinute : 1);
    if (first == seconds) static_cast<void>(take(rest, 's'));
  }
  if (!rest.empty()) refuse(text);
  return seconds;
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

void add_time_options(CLI::App& command, TimeOptions& options) {
  const auto seconds_into = [](auto& target) {
    return [&target](const std::string& text) { target = parse_duration(text); };
  };
  command
      .add_option_function<std::string>(
          "--stop-within", seconds_into(options.stop_within_s),
          "How long a stop may take (signals USR1, USR2, TERM and INT ask for one): work in flight "
          "is finished where that leaves time to end, else dropped (default: 20s)")
      ->type_name("TIME");
  command
      .add_option_function<std::string>(
          "--time-limit", seconds_into(options.time_limit_s),
          "Stop by then, and hand out nothing that would not be done (default: the end of the "
          "Slurm allocation, if there is one). 90s, 15m, 2h or 1-12:00:00")
      ->type_name("TIME");
  command
      .add_option_function<std::string>(
          "--lost-after", seconds_into(options.lost_after_s),
          "A rank that gives no sign of life for so long is taken for dead, and its work given to "
          "others; rank 0 is given half as long again (default: 20s)")
      ->type_name("TIME");
}

}  // namespace crossfold::cli
