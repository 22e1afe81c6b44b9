#include "crossfold/projection/quality.h"

#include <gtest/gtest.h>

#include "projection/recorded.h"
#include "projection/test_points.h"

namespace crossfold::projection {
namespace {

TEST(MapQuality, IsThatOfScikitLearn) {
  const OwnedPoints owned;
  std::vector<float> values;
  std::vector<MapPoint> map;
  for (std::size_t i = 0; i < kTestPoints; ++i) {
    if (i % 50 == 49) continue;  // repeats another, and scikit-learn breaks ties anyhow
    const auto row = owned.points().row(i);
    values.insert(values.end(), row.begin(), row.end());
    map.push_back({.x = row[0], .y = row[3]});
  }
  const Points points{.values = values, .dim = kTestDim};
  const MapQuality quality =
      map_quality(points, nearest_neighbors(points, 20, 1),
                  nearest_neighbors(as_points(map), 15, 1), map, {.neighbors = 15, .threads = 2});
  const std::vector<double> expected = recorded_numbers(recorded("quality"));
  EXPECT_EQ(quality.neighbors, 15U);
  EXPECT_NEAR(quality.trustworthiness, expected[0], 1e-8);
  EXPECT_NEAR(quality.continuity, expected[1], 1e-8);
  EXPECT_NEAR(quality.neighbors_kept, expected[2], 1e-8);
}

TEST(MapQuality, OfThePointsThemselvesIsOne) {
  const OwnedPoints owned;
  std::vector<MapPoint> map;
  for (std::size_t i = 0; i < kTestPoints; ++i)
    map.push_back({.x = owned.values[i * 12], .y = owned.values[i * 12 + 1]});
  const Points points = as_points(map);
  const Neighbors neighbors = nearest_neighbors(points, 15, 1);
  const MapQuality quality = map_quality(points, neighbors, neighbors, map, {});
  EXPECT_EQ(quality.trustworthiness, 1);
  EXPECT_EQ(quality.continuity, 1);
  EXPECT_EQ(quality.neighbors_kept, 1);
}

TEST(NeighborPurity, CountsLabelledNeighborsOfLabelledPoints) {
  // Two groups on a line, a point without a label in the first, one stranger in the second.
  const std::vector<float> values = {0, 1, 2, 3, 100, 101, 102, 103};
  const std::vector<std::int32_t> labels = {0, 0, -1, 0, 1, 1, 1, 0};
  const Neighbors neighbors = nearest_neighbors({.values = values, .dim = 1}, 3, 1);
  const auto purity = neighbor_purity(neighbors, neighbors, labels, 3);
  ASSERT_TRUE(purity);
  EXPECT_EQ(purity->labelled, 7U);
  EXPECT_DOUBLE_EQ(purity->map, (3 * 1.0 + 3 * (2.0 / 3) + 0) / 7);
  EXPECT_DOUBLE_EQ(purity->points, purity->map);
  EXPECT_DOUBLE_EQ(purity->chance, (4.0 * 3 + 3.0 * 2) / (7.0 * 6));
}

/// Two pairs far apart, which the map tears: each point's nearest there is of the other pair.
TEST(NeighborPurity, IsToldOfTheMapAndOfThePointsApart) {
  const std::vector<float> values = {0, 1, 10, 11};
  const std::vector<float> on_map = {0, 10, 1, 11};
  const std::vector<std::int32_t> labels = {4, 4, 7, 7};
  const Neighbors in_points = nearest_neighbors({.values = values, .dim = 1}, 3, 1);
  const Neighbors in_map = nearest_neighbors({.values = on_map, .dim = 1}, 3, 1);
  const auto nearest = neighbor_purity(in_points, in_map, labels, 1);
  ASSERT_TRUE(nearest);
  EXPECT_EQ(nearest->points, 1);
  EXPECT_EQ(nearest->map, 0);
  const auto all = neighbor_purity(in_points, in_map, labels, 3);
  ASSERT_TRUE(all);
  EXPECT_DOUBLE_EQ(all->points, 1.0 / 3);
  EXPECT_DOUBLE_EQ(all->map, 1.0 / 3);
  EXPECT_DOUBLE_EQ(all->chance, 1.0 / 3);
}

TEST(NeighborPurity, OfPointsWithoutLabelsIsNothing) {
  const std::vector<float> values = {0, 1, 2, 3};
  const Neighbors neighbors = nearest_neighbors({.values = values, .dim = 1}, 2, 1);
  const std::vector<std::int32_t> labels = {-1, -1, 0, -1};
  EXPECT_FALSE(neighbor_purity(neighbors, neighbors, labels, 2));
}

}  // namespace
}  // namespace crossfold::projection
