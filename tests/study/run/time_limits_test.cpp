#include "crossfold/study/time_limits.h"

#include <cstdint>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "core/expect_error.h"

namespace crossfold {
namespace {

constexpr std::int64_t kNow = 1'700'000'000;
constexpr double kReserve = 5;  // which is kept for the end of the process

/// An environment in which Slurm tells this end of the allocation, or none.
fleet::Environment ending(const std::optional<std::string>& end) {
  return [end](const char* name) {
    return name == std::string("SLURM_JOB_END_TIME") ? end : std::nullopt;
  };
}

std::optional<double> limit(const TimeLimits& times, const std::optional<std::string>& end) {
  return coordinator_limits(times, ending(end), kNow).time_limit_s;
}

std::string in(std::int64_t seconds) { return std::to_string(kNow + seconds); }

TEST(CoordinatorLimits, HaveNoEndWhereNobodyTellsOne) {
  EXPECT_EQ(limit({}, std::nullopt), std::nullopt);
  for (const char* text : {"", "soon", "1700000600 s", "0x10"})
    EXPECT_EQ(limit({}, text), std::nullopt) << text;
}

TEST(CoordinatorLimits, EndWithTheAllocation) {
  EXPECT_EQ(limit({}, in(600)), 600 - kReserve);
  EXPECT_EQ(limit({}, in(2)), 0);
  EXPECT_EQ(limit({}, in(-60)), 0);
}

/// Whoever shares an allocation with other work gives a limit below its end; whoever has it
/// prolonged, one beyond the end that Slurm told at the start.
TEST(CoordinatorLimits, EndAtTheTimeLimitWhateverTheAllocationSays) {
  for (const auto& end : {std::optional<std::string>(), std::optional(in(600)),
                          std::optional(in(60)), std::optional(in(-60))})
    EXPECT_EQ(limit({.time_limit_s = 300}, end), 300 - kReserve) << end.value_or("no end");
}

/// What a command does before its work (loading, taking fits over) is within its limit.
TEST(CoordinatorLimits, CountATimeLimitFromWhenTheCommandBegan) {
  EXPECT_EQ(limit({.time_limit_s = 300, .begun_unix_s = kNow - 120}, std::nullopt), 180 - kReserve);
  EXPECT_EQ(limit({.time_limit_s = 300, .begun_unix_s = kNow - 301}, std::nullopt), 0);
  EXPECT_EQ(limit({.time_limit_s = std::nullopt, .begun_unix_s = kNow - 120}, in(600)),
            600 - kReserve);
}

TEST(CoordinatorLimits, HaveTheOtherTimesAsTheyAreGiven) {
  const fleet::CoordinatorLimits limits =
      coordinator_limits({.stop_within_s = 7, .time_limit_s = std::nullopt, .lost_after_s = 31},
                         ending(std::nullopt), kNow);
  EXPECT_EQ(limits.stop_within_s, 7);
  EXPECT_EQ(limits.silence_s, 31);
}

TEST(CheckTimes, ATimeLimitMustLeaveTimeToWork) {
  const auto errors_of = [](const TimeLimits& times) {
    ValidationErrors errors;
    check_times(times, errors);
    errors.throw_if_any(ErrorCode::usage, "run");
  };
  errors_of({.stop_within_s = 20, .time_limit_s = std::nullopt});
  errors_of({.stop_within_s = 20, .time_limit_s = 26});
  expect_error(ErrorCode::usage,
               "run: --time-limit: is 25 s (no time to work: the run would stop at once, as "
               "--stop-within keeps 20 s of it and the end another 5 s). give more than 25 s, or "
               "lower --stop-within",
               [&] { errors_of({.stop_within_s = 20, .time_limit_s = 25}); });
}

TEST(CodeOfStop, AsksForAnotherRunUnlessThatWouldEndTheSameWay) {
  const TimeLimits limited{.stop_within_s = 20, .time_limit_s = 60};
  EXPECT_EQ(code_of_stop(limited, false, 1, "fit"), 75);
  EXPECT_EQ(code_of_stop(limited, true, 0, "fit"), 75) << "somebody asked for it";
  EXPECT_EQ(code_of_stop({}, false, 0, "fit"), 75) << "the allocation may be longer next time";
  expect_error(
      ErrorCode::usage,
      "--time-limit: 1 min 0 s was too short for a single fit, so that the same command would "
      "end like this again and again (--stop-within keeps 25 s of it). give more time",
      [&] { static_cast<void>(code_of_stop(limited, false, 0, "fit")); });
}

}  // namespace
}  // namespace crossfold
