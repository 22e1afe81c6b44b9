#include "crossfold/solve/feature_rows.h"

#include <vector>

#include <gtest/gtest.h>

namespace crossfold {
namespace {

TEST(ColumnScaling, IsMeanAndPopulationSdOfTheChosenRows) {
  const std::vector<float> values = {1, 10, 99, 99, 3, 30, 5, 20};
  const std::vector<std::uint32_t> rows = {0, 2, 3};
  const ColumnScaling scaling =
      column_scaling({.values = values, .dim = 2, .rows = rows, .scaling = nullptr});
  EXPECT_DOUBLE_EQ(scaling.mean[0], 3);
  EXPECT_DOUBLE_EQ(scaling.mean[1], 20);
  EXPECT_NEAR(1 / scaling.inverse_sd[0], 1.632993161855452, 1e-14);  // sqrt(8 / 3)
  EXPECT_NEAR(1 / scaling.inverse_sd[1], 8.16496580927726, 1e-14);   // sqrt(200 / 3)
}

TEST(ColumnScaling, LeavesAColumnThatDoesNotVaryUnscaled) {
  const std::vector<float> values(7, 0.1F);
  const ColumnScaling scaling =
      column_scaling({.values = values, .dim = 1, .rows = {}, .scaling = nullptr});
  EXPECT_EQ(scaling.mean[0], static_cast<double>(0.1F));
  EXPECT_EQ(scaling.inverse_sd[0], 1);
}

TEST(ColumnScaling, KeepsItsDigitsFarFromZero) {
  const std::vector<float> values = {16777210, 16777212, 16777214};
  const ColumnScaling scaling =
      column_scaling({.values = values, .dim = 1, .rows = {}, .scaling = nullptr});
  EXPECT_DOUBLE_EQ(scaling.mean[0], 16777212);
  EXPECT_NEAR(1 / scaling.inverse_sd[0], 1.632993161855452, 1e-14);
}

}  // namespace
}  // namespace crossfold
