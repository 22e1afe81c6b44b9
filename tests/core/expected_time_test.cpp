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
}

TEST(LeftText, PutsTheExpectedTimeIntoItsRange) {
  EXPECT_EQ(left_text({.seconds = 600, .least_s = 700, .most_s = 300}), "10 min 0 s left");
}

}  // namespace
}  // namespace crossfold
