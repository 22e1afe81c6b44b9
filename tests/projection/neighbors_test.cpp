#include "crossfold/projection/neighbors.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "crossfold/core/error.h"

#include "projection/recorded.h"
#include "projection/test_points.h"

namespace crossfold::projection {
namespace {

TEST(Neighbors, AreThoseOfScipyTiesByIndex) {
  const OwnedPoints owned;
  const Neighbors neighbors = nearest_neighbors(owned.points(), 15, 2);
  EXPECT_EQ(neighbors.index, recorded("neighbors").at("index").get<std::vector<std::uint32_t>>());
  const std::vector<double> distance = recorded_numbers(recorded("neighbors").at("distance"));
  ASSERT_EQ(neighbors.distance.size(), distance.size());
  for (std::size_t i = 0; i < distance.size(); ++i)
    EXPECT_NEAR(neighbors.distance[i], distance[i], 1e-8 * distance[i]);
}

TEST(Neighbors, DoNotDependOnThreads) {
  const OwnedPoints owned;
  const Neighbors one = nearest_neighbors(owned.points(), 30, 1);
  for (const unsigned threads : {2U, 3U, 8U}) {
    const Neighbors more = nearest_neighbors(owned.points(), 30, threads);
    EXPECT_EQ(more.index, one.index);
    EXPECT_EQ(more.distance, one.distance);
  }
}

TEST(Neighbors, AreExactWhereFloatsAreTooCoarse) {
  // A line far from zero and one point farther still: in float32 products, most distances are 0.
  std::vector<float> values;
  for (int i = 0; i < 40; ++i) values.push_back(static_cast<float>(1e5 + 0.0078125 * i));
  values.push_back(-1e6F);
  const Neighbors neighbors = nearest_neighbors({.values = values, .dim = 1}, 2, 1);
  for (std::uint32_t i = 1; i < 39; ++i) {
    EXPECT_EQ(neighbors.of(i)[0], i - 1);
    EXPECT_EQ(neighbors.of(i)[1], i + 1);
    EXPECT_EQ(neighbors.distances_of(i)[0], 0.0078125);
  }
}

TEST(Neighbors, OfEqualPointsGoByIndex) {
  const std::vector<float> values(3 * 300, 1.5F);
  const Neighbors neighbors = nearest_neighbors({.values = values, .dim = 3}, 3, 2);
  EXPECT_EQ(std::vector<std::uint32_t>(neighbors.of(0).begin(), neighbors.of(0).end()),
            (std::vector<std::uint32_t>{1, 2, 3}));
  EXPECT_EQ(std::vector<std::uint32_t>(neighbors.of(299).begin(), neighbors.of(299).end()),
            (std::vector<std::uint32_t>{0, 1, 2}));
}

TEST(Neighbors, TooLargeToSquareAreRefused) {
  const std::vector<float> values = {1e30F, -1e30F, 0};
  try {
    (void)nearest_neighbors({.values = values, .dim = 1}, 1, 1);
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::bad_input);
    EXPECT_EQ(error.message(),
              "a feature is too large to compare points by it (their squares overflow). "
              "standardise the features, or remove that one");
  }
}

TEST(Neighbors, FirstOnesAreThoseOfFewer) {
  const OwnedPoints owned;
  const Neighbors many = nearest_neighbors(owned.points(), 30, 1);
  const Neighbors few = nearest_neighbors(owned.points(), 7, 1);
  EXPECT_EQ(first_neighbors(many, 7).index, few.index);
  EXPECT_EQ(first_neighbors(many, 7).distance, few.distance);
}

TEST(NeighborRanks, AreThePlacesOfAllNeighbors) {
  const OwnedPoints owned;
  const Points points = owned.points();
  const std::size_t k = kTestPoints - 1;
  const Neighbors all = nearest_neighbors(points, k, 1);
  std::vector<std::uint32_t> targets;
  std::vector<std::uint32_t> expected;
  for (std::uint32_t i = 0; i < kTestPoints; ++i)
    for (const std::uint32_t place : {398U, 0U, 17U, (i * 7) % 399U}) {
      targets.push_back(all.of(i)[place]);
      expected.push_back(place + 1);
    }
  for (const unsigned threads : {1U, 3U})
    EXPECT_EQ(neighbor_ranks(points, targets, 4, threads), expected);
}

}  // namespace
}  // namespace crossfold::projection
