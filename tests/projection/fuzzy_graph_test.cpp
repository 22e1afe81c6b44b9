#include "crossfold/projection/fuzzy_graph.h"

#include <cmath>

#include <gtest/gtest.h>

#include "projection/recorded.h"
#include "projection/test_points.h"

namespace crossfold::projection {
namespace {

TEST(LocalScales, AreThoseOfUmapLearn) {
  const OwnedPoints owned;
  const LocalScales scales = local_scales(nearest_neighbors(owned.points(), 14, 1), 2);
  const std::vector<double> rho = recorded_numbers(recorded("umap").at("rho"));
  const std::vector<double> sigma = recorded_numbers(recorded("umap").at("sigma"));
  for (std::size_t i = 0; i < kTestPoints; ++i) {
    EXPECT_NEAR(scales.rho[i], rho[i], 1e-6 * rho[i]);
    EXPECT_NEAR(scales.sigma[i], sigma[i], 1e-4 * sigma[i]);
  }
}

TEST(LocalScales, OfPointsAtOnePlaceHaveAFloor) {
  // The nearest of point 0 are at its own place: every membership is 1 whatever sigma.
  const std::vector<float> values = {0, 0, 0, 0, 8, 12, 20};
  const Neighbors neighbors = nearest_neighbors({.values = values, .dim = 1}, 3, 1);
  const LocalScales scales = local_scales(neighbors, 1);
  double sum = 0;
  for (const double distance : neighbors.distance) sum += distance;
  EXPECT_EQ(scales.rho[0], 0);
  EXPECT_DOUBLE_EQ(scales.sigma[0], 1e-3 * sum / (7 * 4));
}

TEST(FuzzyGraph, IsThatOfUmapLearn) {
  const OwnedPoints owned;
  const Neighbors neighbors = nearest_neighbors(owned.points(), 14, 1);
  const WeightedGraph graph = fuzzy_graph(neighbors, local_scales(neighbors, 1));
  const WeightedGraph expected = recorded_graph(recorded("umap"));
  EXPECT_EQ(graph.begin, expected.begin);
  ASSERT_EQ(graph.target, expected.target);
  for (std::size_t e = 0; e < graph.weight.size(); ++e)
    EXPECT_NEAR(graph.weight[e], expected.weight[e], 1e-5);
}

TEST(FuzzyGraph, HasEachEdgeInBothDirectionsWithOneWeight) {
  const OwnedPoints owned;
  const Neighbors neighbors = nearest_neighbors(owned.points(), 5, 1);
  const WeightedGraph graph = fuzzy_graph(neighbors, local_scales(neighbors, 1));
  for (std::uint32_t i = 0; i < kTestPoints; ++i)
    for (std::uint64_t e = graph.begin[i]; e < graph.begin[i + 1]; ++e) {
      const std::uint32_t j = graph.target[e];
      std::uint64_t back = graph.begin[j];
      while (back < graph.begin[j + 1] && graph.target[back] != i) ++back;
      ASSERT_LT(back, graph.begin[j + 1]);
      EXPECT_EQ(graph.weight[back], graph.weight[e]);
    }
}

TEST(FuzzyGraph, LosesTheEdgesThatALayoutWouldNeverDraw) {
  const WeightedGraph graph = {
      .begin = {0, 2, 3, 4}, .target = {1, 2, 0, 0}, .weight = {1.0, 0.019, 1.0, 0.019}};
  const WeightedGraph kept = without_light_edges(graph, 50);
  EXPECT_EQ(kept.begin, (std::vector<std::uint64_t>{0, 1, 2, 2}));
  EXPECT_EQ(kept.target, (std::vector<std::uint32_t>{1, 0}));
  EXPECT_EQ(without_light_edges(graph, 100).target, graph.target);
}

}  // namespace
}  // namespace crossfold::projection
