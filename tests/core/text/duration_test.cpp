#include "crossfold/core/duration.h"

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace crossfold {
namespace {

TEST(ParseDuration, KnowsEveryForm) {
  const std::vector<std::pair<const char*, double>> forms{
      {"0", 0},
      {"90", 90},
      {"90s", 90},
      {"2.5", 2.5},
      {"0.25s", 0.25},
      {"15m", 900},
      {"15min", 900},
      {"2h", 7200},
      {"1d", 86400},
      {"1.5h", 5400},
      {"1.05h", 3780},
      {"0.001", 0.001},
      {"10.020s", 10.02},
      {"2h30m", 9000},
      {"1h 5m", 3900},
      {"1 h 5 min", 3900},
      {"1d2h3m4s", 93784},
      {"1d 4s", 86404},
      {"2h5s", 7205},
      // As Slurm's manual of sbatch has them, --time.
      {"5:30", 330},
      {"1:02:03", 3723},
      {"02:00:00", 7200},
      {"1-12", 129600},
      {"0-0:30", 1800},
      {"1-12:30", 131400},
      {"1-12:30:05", 131405},
      {"0:90:00", 5400},
  };
  for (const auto& [text, seconds] : forms) {
    const auto parsed = parse_duration(text);
    ASSERT_TRUE(parsed.has_value()) << text;
    EXPECT_DOUBLE_EQ(*parsed, seconds) << text;
  }
}

TEST(ParseDuration, ReadsNothingElse) {
  for (const char* text : {"",
                           " ",
                           "x",
                           "s",
                           "h",
                           "-3",
                           "+3",
                           "-3s",
                           ".5",
                           "5.",
                           "1e3",
                           "0x10",
                           "inf",
                           "nan",
                           "infs",
                           "2 hours",
                           "2H",
                           "2M",
                           "5x",
                           "5ms",
                           "1h1h",
                           "5m2h",
                           "30s1m",
                           "1h 5",
                           "1h5",
                           " 90",
                           "90 ",
                           "1,5h",
                           "1:",
                           ":1",
                           "1::2",
                           "1:2:3:4",
                           "1-",
                           "-1:00",
                           "1-2-3",
                           "1:2-3",
                           "1-2:3:4:5",
                           "1.5:30",
                           "1-1.5",
                           "2h:30",
                           "1-2h",
                           "1234567890",
                           "1h\n",
                           "999999999999999999999h",
                           "1.0000000000000000000h"})
    EXPECT_FALSE(parse_duration(text).has_value()) << "'" << text << "'";
}

TEST(ParseDuration, TakesANumberAloneAsTheReaderDoes) {
  EXPECT_EQ(parse_duration("90", BareNumber::seconds), 90);
  EXPECT_EQ(parse_duration("90", BareNumber::minutes), 5400);
  for (const char* text : {"90s", "2h", "2h30m", "5:30", "1-12"})
    EXPECT_EQ(parse_duration(text, BareNumber::minutes), parse_duration(text)) << text;
}

TEST(DurationText, SaysWhatADurationIs) {
  EXPECT_EQ(duration_text(-3), "0 s");
  EXPECT_EQ(duration_text(59.4), "59 s");
  EXPECT_EQ(duration_text(200), "3 min 20 s");
  EXPECT_EQ(duration_text(18720), "5 h 12 min");
  EXPECT_EQ(duration_text(std::numeric_limits<double>::infinity()), "more than 100000 h");
  EXPECT_EQ(duration_text(1e300), "more than 100000 h");
}

TEST(DurationText, RoundsToSecondsAndDropsThemFromAnHourOn) {
  const std::vector<std::pair<double, const char*>> texts{{59.4, "59 s"},
                                                          {59.5, "1 min 0 s"},
                                                          {60, "1 min 0 s"},
                                                          {3599.4, "59 min 59 s"},
                                                          {3599.5, "1 h 0 min"},
                                                          {3659, "1 h 0 min"},
                                                          {3660, "1 h 1 min"},
                                                          {86'400, "24 h 0 min"},
                                                          {360e6, "100000 h 0 min"},
                                                          {360e6 + 1, "more than 100000 h"}};
  for (const auto& [seconds, text] : texts) EXPECT_EQ(duration_text(seconds), text) << seconds;
  EXPECT_EQ(given_duration_text(59.75), "59.75 s");
  EXPECT_EQ(given_duration_text(60.25), "1 min 0.25 s");
  EXPECT_EQ(given_duration_text(3599.5), "59 min 59.5 s");
  EXPECT_EQ(given_duration_text(3600.5), "1 h 0 min");
}

TEST(DurationText, OfWhatAUserGaveHasItsFractions) {
  EXPECT_EQ(given_duration_text(0.5), "0.5 s");
  EXPECT_EQ(given_duration_text(0.001), "0.001 s");
  EXPECT_EQ(given_duration_text(1.4), "1.4 s");
  EXPECT_EQ(given_duration_text(90.5), "1 min 30.5 s");
  for (const double seconds : {0.0, 1.0, 59.0, 200.0, 18720.0, 18720.5})
    EXPECT_EQ(given_duration_text(seconds), duration_text(seconds));
}

TEST(DurationText, IsReadAgainAsWhatItSays) {
  for (const double seconds : {1.0, 59.0, 200.0, 18720.0, 90000.0})
    EXPECT_EQ(parse_duration(duration_text(seconds)), seconds);
  for (const double seconds : {0.5, 59.9, 90.25})
    EXPECT_EQ(parse_duration(given_duration_text(seconds)), seconds);
}

TEST(SlurmTime, IsReadAgainAsTheSameTime) {
  EXPECT_EQ(slurm_time(9000), "02:30:00");
  EXPECT_EQ(slurm_time(90000.2), "25:00:01");
  EXPECT_EQ(slurm_time(0), "00:00:00");
  EXPECT_EQ(slurm_time(59.1), "00:01:00");
  EXPECT_EQ(slurm_time(3599.5), "01:00:00");
  EXPECT_EQ(slurm_time(360'000), "100:00:00");
  for (const double seconds : {1.0, 3723.0, 131405.0})
    EXPECT_EQ(parse_duration(slurm_time(seconds)), seconds);
}

}  // namespace
}  // namespace crossfold
