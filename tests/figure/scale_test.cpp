#include "crossfold/figure/scale.h"

#include <cmath>
#include <limits>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace crossfold::figure {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> labels(const Scale& scale, std::size_t most) {
  std::vector<std::string> found;
  for (const Tick& tick : ticks(scale, most)) found.push_back(tick.label);
  return found;
}

TEST(Scale, TicksAreOneTwoOrFiveTimesAPowerOfTen) {
  EXPECT_THAT(labels(linear_scale(0, 1), 6), ElementsAre("0.0", "0.2", "0.4", "0.6", "0.8", "1.0"));
  EXPECT_THAT(labels(linear_scale(0.71, 0.83), 5), ElementsAre("0.75", "0.80"));
  EXPECT_THAT(labels(linear_scale(-30, 40), 5), ElementsAre("\u221220", "0", "20", "40"));
  EXPECT_THAT(labels(linear_scale(0, 123456), 4), ElementsAre("0", "50000", "100000"));
}

TEST(Scale, TicksAreNeverMoreThanAskedFor) {
  for (std::size_t most = 2; most < 12; ++most)
    for (const double low : {-3.7, 0.0, 0.123})
      for (const double extent : {1e-6, 0.013, 1.0, 7.77, 54321.0}) {
        EXPECT_LE(ticks(linear_scale(low, low + extent), most).size(), most);
        EXPECT_LE(ticks({ScaleKind::log, extent, extent * (1 + low * low) * 1000}, most).size(),
                  most);
      }
}

TEST(Scale, LogTicksAreDecadesWithTwoAndFiveWhereThereIsRoom) {
  EXPECT_THAT(labels({ScaleKind::log, 0.01, 1000}, 6),
              ElementsAre("0.01", "0.1", "1", "10", "100", "1000"));
  EXPECT_THAT(labels({ScaleKind::log, 0.9, 11}, 6), ElementsAre("1", "2", "5", "10"));
  EXPECT_THAT(labels({ScaleKind::log, 3.1, 4.2}, 6),
              ElementsAre("3.2", "3.4", "3.6", "3.8", "4.0", "4.2"));
}

TEST(Scale, PositionsRunFromTheLowEndToTheHighOne) {
  EXPECT_DOUBLE_EQ(linear_scale(2, 6).position(3), 0.25);
  const Scale log{ScaleKind::log, 1, 100};
  EXPECT_DOUBLE_EQ(log.position(10), 0.5);
  EXPECT_FALSE(std::isfinite(log.position(0)));
  EXPECT_DOUBLE_EQ(category_scale({"a", "b"}).position(0), 0.25);
}

TEST(Scale, HoldsAllFiniteValuesAndAlwaysHasAnExtent) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Scale scale = linear_scale(std::vector<double>{1, nan, 3});
  EXPECT_LT(scale.low, 1);
  EXPECT_GT(scale.high, 3);
  for (const std::vector<double>& values : {std::vector<double>{}, std::vector<double>{nan},
                                            std::vector<double>{5, 5}, std::vector<double>{0}}) {
    EXPECT_LT(linear_scale(values).low, linear_scale(values).high);
    EXPECT_LT(log_scale(values).low, log_scale(values).high);
    EXPECT_GT(log_scale(values).low, 0);
  }
}

TEST(Scale, EveryKthOfManyCategoriesHasALabel) {
  EXPECT_THAT(labels(category_scale({"a", "b", "c", "d", "e"}), 3),
              ElementsAre("a", "", "c", "", "e"));
}

TEST(NumberLabel, SaysWhatAReaderExpects) {
  EXPECT_EQ(number_label(-0.5, 2), "\u22120.50");
  EXPECT_EQ(number_label(-0.001, 1), "0.0");
  EXPECT_EQ(number_label(2.5e7, 0), "2.5e7");
  EXPECT_EQ(number_label(1e-5, 5), "1e\u22125");
  EXPECT_EQ(short_number(0.25), "0.25");
  EXPECT_EQ(short_number(12), "12");
  EXPECT_EQ(short_number(0.000311767), "0.000312");
  EXPECT_EQ(short_number(0), "0");
}

}  // namespace
}  // namespace crossfold::figure
