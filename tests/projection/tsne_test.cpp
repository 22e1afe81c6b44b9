#include "crossfold/projection/tsne.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "crossfold/projection/affinities.h"
#include "crossfold/projection/quality.h"

#include "projection/recorded.h"
#include "projection/test_points.h"

namespace crossfold::projection {
namespace {

constexpr TsneSettings kExact = {.repulsion = Repulsion::exact};

/// A map somewhere on the way.
std::vector<TsnePoint> some_map(std::size_t count) {
  test::Lcg lcg(21);
  std::vector<TsnePoint> map(count);
  for (TsnePoint& point : map) point = {4 * lcg.uniform(), 4 * lcg.uniform()};
  return map;
}

WeightedGraph similarities_of(const Points& points, double perplexity, std::size_t k) {
  const Neighbors neighbors = nearest_neighbors(points, k, 1);
  return joint_similarities(neighbors, conditional_similarities(neighbors, perplexity, 1));
}

TEST(TsneGradient, IsTheDifferenceQuotient) {
  const OwnedPoints owned;
  const WeightedGraph similarities = similarities_of(owned.first(80), 10, 30);
  std::vector<TsnePoint> map = some_map(80);
  const std::vector<TsnePoint> gradient = tsne_gradient(similarities, map, kExact, 1);
  double largest = 0;
  for (const TsnePoint& one : gradient)
    largest = std::max({largest, std::abs(one[0]), std::abs(one[1])});
  constexpr double kStep = 1e-5;
  for (std::size_t i = 0; i < 80; i += 7)
    for (std::size_t d = 0; d < 2; ++d) {
      const double old = map[i][d];
      map[i][d] = old + kStep;
      const double above = tsne_divergence(similarities, map, 1);
      map[i][d] = old - kStep;
      const double below = tsne_divergence(similarities, map, 1);
      map[i][d] = old;
      EXPECT_NEAR((above - below) / (2 * kStep), gradient[i][d], 1e-5 * largest);
    }
}

TEST(TsneGradient, OfTheTreeComesNearTheExactOne) {
  const OwnedPoints owned;
  const WeightedGraph similarities = similarities_of(owned.points(), 30, 90);
  const std::vector<TsnePoint> map = some_map(kTestPoints);
  const auto exact = tsne_gradient(similarities, map, kExact, 1);
  const auto distance_to_exact = [&](double theta) {
    const auto rough = tsne_gradient(similarities, map, {.theta = theta}, 1);
    double off = 0, size = 0;
    for (std::size_t i = 0; i < exact.size(); ++i)
      for (std::size_t d = 0; d < 2; ++d) {
        off += (rough[i][d] - exact[i][d]) * (rough[i][d] - exact[i][d]);
        size += exact[i][d] * exact[i][d];
      }
    return std::sqrt(off / size);
  };
  EXPECT_LT(distance_to_exact(0), 1e-12);
  EXPECT_LT(distance_to_exact(0.5), 0.03);
}

TEST(TsneLayout, ReachesTheDivergenceOfScikitLearn) {
  const OwnedPoints owned;
  const WeightedGraph similarities = similarities_of(owned.first(200), 50, 199);
  double ours = std::numeric_limits<double>::infinity();
  for (const auto& recorded_start : recorded("tsne").at("starts")) {
    std::vector<TsnePoint> start;
    const std::vector<double> numbers = recorded_numbers(recorded_start);
    for (std::size_t i = 0; i < numbers.size(); i += 2)
      start.push_back({numbers[i], numbers[i + 1]});
    ours =
        std::min(ours, tsne_divergence(similarities, tsne_layout(similarities, start, kExact), 1));
  }
  const std::vector<double> theirs = recorded_numbers(recorded("tsne").at("divergences"));
  EXPECT_LE(ours, 1.01 * *std::min_element(theirs.begin(), theirs.end()));
}

TEST(Tsne, KeepsAsMuchAsScikitLearn) {
  const OwnedPoints owned;
  const Points points = owned.points();
  const Neighbors neighbors = nearest_neighbors(points, 90, 1);
  const auto map = tsne(points, neighbors, {});
  const MapQuality quality =
      map_quality(points, neighbors, nearest_neighbors(as_points(map), 15, 1), map, {});
  const std::vector<double> theirs = recorded_numbers(recorded("tsne").at("quality"));
  EXPECT_GE(quality.trustworthiness, theirs[0] - 0.005);
  EXPECT_GE(quality.continuity, theirs[1] - 0.005);
  EXPECT_GE(quality.neighbors_kept, theirs[2] - 0.01);
}

TEST(Tsne, HasTheSameBytesForAnyNumberOfThreads) {
  const OwnedPoints owned;
  const Points points = owned.points();
  const Neighbors neighbors = nearest_neighbors(points, 30, 1);
  const auto map_with = [&](unsigned threads) {
    return tsne(points, neighbors,
                {.perplexity = 10, .exaggerated_epochs = 30, .epochs = 30, .threads = threads});
  };
  const auto one = map_with(1);
  for (const unsigned threads : {2U, 3U, 8U}) EXPECT_EQ(map_with(threads), one);
}

TEST(Tsne, OfEqualPointsIsFinite) {
  const std::vector<float> values(3 * 40, 2.0F);
  const Points points{.values = values, .dim = 3};
  for (const MapPoint& point :
       tsne(points, nearest_neighbors(points, 30, 1), {.perplexity = 10, .epochs = 20})) {
    EXPECT_TRUE(std::isfinite(point.x));
    EXPECT_TRUE(std::isfinite(point.y));
  }
}

}  // namespace
}  // namespace crossfold::projection
