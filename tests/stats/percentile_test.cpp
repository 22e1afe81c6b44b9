#include "crossfold/stats/percentile.h"

#include <vector>

#include <gtest/gtest.h>

namespace crossfold::stats {
namespace {

/// numpy.percentile([1, 2, 4, 8, 16], [0, 10, 50, 97.5, 100]).
TEST(Percentile, IsNumpys) {
  const std::vector<double> sorted{1, 2, 4, 8, 16};
  EXPECT_DOUBLE_EQ(percentile(sorted, 0), 1);
  EXPECT_DOUBLE_EQ(percentile(sorted, 0.1), 1.4);
  EXPECT_DOUBLE_EQ(percentile(sorted, 0.5), 4);
  EXPECT_DOUBLE_EQ(percentile(sorted, 0.975), 15.2);
  EXPECT_DOUBLE_EQ(percentile(sorted, 1), 16);
  EXPECT_DOUBLE_EQ(percentile(std::vector<double>{3}, 0.3), 3);
}

TEST(PercentileInterval, HoldsTheMiddleOfWhatIsDefined) {
  std::vector<std::optional<double>> scores;
  for (int i = 0; i <= 100; ++i) scores.emplace_back(100 - i);
  scores.emplace_back(std::nullopt);
  const std::optional<BagInterval> found = percentile_interval(scores);
  ASSERT_TRUE(found);
  EXPECT_NEAR(found->interval.low, 2.5, 1e-12);
  EXPECT_NEAR(found->interval.high, 97.5, 1e-12);
  EXPECT_EQ(found->bags, 101U);
  EXPECT_EQ(found->undefined, 1U);
  EXPECT_DOUBLE_EQ(percentile_interval(scores, 0.5)->interval.low, 25);
}

TEST(PercentileInterval, IsNoneWhereNothingIsDefined) {
  const std::vector<std::optional<double>> scores(3);
  EXPECT_FALSE(percentile_interval(scores));
}

}  // namespace
}  // namespace crossfold::stats
