#include "vector_power.h"

#include <cmath>

#include <gtest/gtest.h>

namespace crossfold::projection {
namespace {

TEST(VectorPower, AgreesWithTheLibraryOverTwelveDecades) {
  for (const float b : {0.79F, 0.895060878F, 1.9F})
    for (double x = 1e-6; x < 1e6; x *= 1.013) {
      const auto value = static_cast<float>(x);
      const double expected = std::pow(static_cast<double>(value), static_cast<double>(b));
      EXPECT_NEAR(static_cast<double>(power_of(all(value), b)[2]) / expected, 1, 1e-5) << x;
    }
}

TEST(VectorPower, OfZeroIsNearlyZeroAndFinite) {
  const float power = power_of(all(0), 0.9F)[0];
  EXPECT_GE(power, 0);
  EXPECT_LT(power, 1e-30F);
}

TEST(VectorPower, GivesEveryLaneItsOwn) {
  const Floats powers = power_of(Floats{1, 4, 9, 16}, 0.5F);
  for (int lane = 0; lane < 4; ++lane)
    EXPECT_NEAR(powers[lane], static_cast<float>(lane + 1), 2e-6F);
}

}  // namespace
}  // namespace crossfold::projection
