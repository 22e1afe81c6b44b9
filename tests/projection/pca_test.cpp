#include "crossfold/projection/pca.h"

#include <gtest/gtest.h>

#include "projection/recorded.h"
#include "projection/test_points.h"

namespace crossfold::projection {
namespace {

TEST(PrincipalMap, IsThatOfScikitLearn) {
  const OwnedPoints owned;
  const PrincipalMap map = principal_map(owned.points(), 2);
  const nlohmann::json& pca = recorded("pca");
  const std::vector<double> expected = recorded_numbers(pca.at("map"));
  for (std::size_t i = 0; i < kTestPoints; ++i) {
    EXPECT_NEAR(map.points[i].x, expected[2 * i], 1e-5);
    EXPECT_NEAR(map.points[i].y, expected[2 * i + 1], 1e-5);
  }
  for (std::size_t c = 0; c < 2; ++c)
    EXPECT_NEAR(map.variance[c], pca.at("variance")[c].get<double>(), 1e-8);
  EXPECT_NEAR(map.total_variance, pca.at("total").get<double>(), 1e-8);
}

TEST(PrincipalMap, HasTheSameBytesForAnyNumberOfThreads) {
  const OwnedPoints owned;
  const PrincipalMap one = principal_map(owned.points(), 1);
  for (const unsigned threads : {2U, 3U, 8U})
    EXPECT_EQ(principal_map(owned.points(), threads).points, one.points);
}

TEST(PrincipalMap, OfALineIsALine) {
  const std::vector<float> values = {1, 2, 4, 8, 16};
  const PrincipalMap map = principal_map({.values = values, .dim = 1}, 1);
  EXPECT_FLOAT_EQ(map.points[4].x, 9.8F);
  EXPECT_EQ(map.points[4].y, 0);
  EXPECT_EQ(map.variance[1], 0);
}

}  // namespace
}  // namespace crossfold::projection
