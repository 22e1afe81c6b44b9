#include "crossfold/core/expected_time.h"

#include <limits>

#include <gtest/gtest.h>

namespace crossfold {
namespace {

TEST(LeftText, IsOneFigureWhereTheTimeIsKnownWithinATenthOrSo) {
  EXPECT_EQ(left_text({.seconds = 200, .least_s = 180, .most_s = 220}), "3 min 20 s left");
  EXPECT_EQ(left_text({.seconds = 42, .least_s = 42, .most_s = 42}), "42 s left");
  EXPECT_EQ(left_text({.seconds = 0, .least_s = 0, .most_s = 0}), "0 s left");
}

TEST(LeftText, IsARangeWhereItIsNot) {
  EXPECT_EQ(left_text({.seconds = 300, .least_s = 245, .most_s = 540}), "between 4 and 9 min left");
  EXPECT_EQ(left_text({.seconds = 40, .least_s = 20.2, .most_s = 80.5}),
            "between 20 and 81 s left");
  EXPECT_EQ(left_text({.seconds = 20'000, .least_s = 7'300, .most_s = 40'000}),
            "between 2 and 12 h left");
  EXPECT_EQ(left_text({.seconds = 300, .least_s = 50, .most_s = 540}), "at most 9 min left");
  EXPECT_EQ(
      left_text(
          {.seconds = 300, .least_s = 245, .most_s = std::numeric_limits<double>::infinity()}),
      "at least 4 min left");
}

TEST(LeftText, SaysNothingExacterThanItsUnit) {
  EXPECT_EQ(left_text({.seconds = 2, .least_s = 1.2, .most_s = 2.0}), "2 s left");
  EXPECT_EQ(left_text({.seconds = 1e9, .least_s = 1e8, .most_s = 1e10}), "more than 100000 h left");
  EXPECT_EQ(left_text({.seconds = 300, .least_s = 245, .most_s = 4e8}), "at least 4 min left");
}

/// By the longer of the two times; the shorter is rounded down, the longer up.
TEST(LeftText, HasSecondsUpToNinetyAndMinutesUpToNinety) {
  EXPECT_EQ(left_text({.seconds = 60, .least_s = 30, .most_s = 89}), "between 30 and 89 s left");
  EXPECT_EQ(left_text({.seconds = 60, .least_s = 30, .most_s = 90}), "at most 2 min left");
  EXPECT_EQ(left_text({.seconds = 3000, .least_s = 2000, .most_s = 5399}),
            "between 33 and 90 min left");
  EXPECT_EQ(left_text({.seconds = 3000, .least_s = 2000, .most_s = 5400}), "at most 2 h left");
  EXPECT_EQ(left_text({.seconds = 7200, .least_s = 5400, .most_s = 10'000}),
            "between 1 and 3 h left");
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(left_text({.seconds = 100, .least_s = 89, .most_s = kInfinity}), "at least 89 s left");
  EXPECT_EQ(left_text({.seconds = 100, .least_s = 90, .most_s = kInfinity}), "at least 1 min left");
  EXPECT_EQ(left_text({.seconds = 9000, .least_s = 5399, .most_s = kInfinity}),
            "at least 89 min left");
  EXPECT_EQ(left_text({.seconds = 9000, .least_s = 5400, .most_s = kInfinity}),
            "at least 1 h left");
}

TEST(LeftText, IsARangeFromWhereItsEndsAreAQuarterAndMoreThanAUnitApart) {
  EXPECT_EQ(left_text({.seconds = 70, .least_s = 64, .most_s = 80}), "1 min 10 s left");
  EXPECT_EQ(left_text({.seconds = 70, .least_s = 64, .most_s = 80.5}), "between 64 and 81 s left");
  EXPECT_EQ(left_text({.seconds = 1.5, .least_s = 1, .most_s = 2}), "2 s left");
  EXPECT_EQ(left_text({.seconds = 1.5, .least_s = 1, .most_s = 2.5}), "between 1 and 3 s left");
  EXPECT_EQ(left_text({.seconds = 40, .least_s = 1, .most_s = 80}), "between 1 and 80 s left");
  EXPECT_EQ(left_text({.seconds = 40, .least_s = 0.9, .most_s = 80}), "at most 80 s left");
  EXPECT_EQ(left_text({.seconds = 40, .least_s = -5, .most_s = 80}), "at most 80 s left");
}

TEST(LeftText, PutsTheExpectedTimeIntoItsRange) {
  EXPECT_EQ(left_text({.seconds = 600, .least_s = 700, .most_s = 300}), "10 min 0 s left");
}

}  // namespace
}  // namespace crossfold
