#include "crossfold/core/utc_time.h"

#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

namespace crossfold {
namespace {

using ::testing::MatchesRegex;

/// The process's time zone while it lives, in POSIX's own form, so that no file is needed.
class TimeZone {
 public:
  explicit TimeZone(const std::string& zone) {
    if (const char* before = std::getenv("TZ"); before != nullptr) before_ = before;
    set(zone);
  }
  ~TimeZone() { set(before_); }
  TimeZone(const TimeZone&) = delete;
  TimeZone& operator=(const TimeZone&) = delete;

 private:
  static void set(const std::optional<std::string>& zone) {
    if (zone)
      ::setenv("TZ", zone->c_str(), 1);
    else
      ::unsetenv("TZ");
    ::tzset();
  }

  std::optional<std::string> before_;
};

/// Of Greenwich, nine hours before it, five and a half behind it.
std::vector<std::string> some_zones() { return {"UTC0", "EAST-9", "WEST5:30"}; }

TEST(SecondsOfUtc, CountFromTheBeginningOf1970InEveryTimeZone) {
  const std::vector<std::pair<const char*, std::int64_t>> times{
      {"1970-01-01T00:00:00Z", 0},
      {"1970-01-02T00:00:01Z", 86'401},
      {"2000-02-29T12:34:56Z", 951'827'696},
      {"2026-01-31T23:59:59Z", 1'769'903'999},
      {"2026-07-01T00:00:00Z", 1'782'864'000},
      {"2038-01-19T03:14:08Z", 2'147'483'648}};
  for (const std::string& zone : some_zones()) {
    const TimeZone here(zone);
    for (const auto& [text, seconds] : times)
      EXPECT_EQ(seconds_of_utc(text), seconds) << text << " in " << zone;
  }
}

TEST(SecondsOfUtc, AreThoseOfNoOtherText) {
  for (const char* text : {"", "2026-01-31", "2026-01-31T23:59:59", "2026-01-31T23:59:59+01:00",
                           "2026-01-31T23:59:59Zulu", "2026-01-31 23:59:59Z",
                           "2026-13-01T00:00:00Z", "31.01.2026", "1769903999"})
    EXPECT_EQ(seconds_of_utc(text), std::nullopt) << text;
}

TEST(UtcNow, IsTheTimeOfDayInEveryTimeZone) {
  for (const std::string& zone : some_zones()) {
    const TimeZone here(zone);
    const std::time_t before = std::time(nullptr);
    const std::string now = utc_now();
    const double exactly = unix_now_s();
    const std::time_t after = std::time(nullptr);
    EXPECT_THAT(now, MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"));
    const std::optional<std::int64_t> seconds = seconds_of_utc(now);
    ASSERT_TRUE(seconds) << now;
    EXPECT_GE(*seconds, before) << zone;
    EXPECT_LE(*seconds, after + 1) << zone;  // time() may lag by a tick
    EXPECT_GE(exactly, static_cast<double>(before));
    EXPECT_LE(exactly, static_cast<double>(after + 2));
  }
}

}  // namespace
}  // namespace crossfold
