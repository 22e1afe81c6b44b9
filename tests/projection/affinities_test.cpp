#include "crossfold/projection/affinities.h"

#include <cmath>

#include <gtest/gtest.h>

#include "projection/recorded.h"
#include "projection/test_points.h"

namespace crossfold::projection {
namespace {

TEST(Affinities, HaveThePerplexityAskedFor) {
  const OwnedPoints owned;
  const Neighbors neighbors = nearest_neighbors(owned.points(), 90, 1);
  for (const double perplexity : {5.0, 30.0}) {
    const std::vector<double> similarities = conditional_similarities(neighbors, perplexity, 2);
    for (std::size_t i = 0; i < kTestPoints; ++i) {
      double sum = 0, entropy = 0;
      for (std::size_t j = 0; j < 90; ++j) {
        const double p = similarities[i * 90 + j];
        sum += p;
        if (p > 0) entropy -= p * std::log(p);
      }
      EXPECT_NEAR(sum, 1, 1e-12);
      EXPECT_NEAR(std::exp(entropy), perplexity, 1e-3 * perplexity);
    }
  }
}

TEST(Affinities, JointOnesAreThoseOfScikitLearn) {
  const OwnedPoints owned;
  const Neighbors neighbors = nearest_neighbors(owned.first(120), 30, 1);
  const WeightedGraph joint =
      joint_similarities(neighbors, conditional_similarities(neighbors, 10, 1));
  const WeightedGraph expected = recorded_graph(recorded("tsne"));
  EXPECT_EQ(joint.begin, expected.begin);
  ASSERT_EQ(joint.target, expected.target);
  double sum = 0;
  for (std::size_t e = 0; e < joint.weight.size(); ++e) {
    EXPECT_NEAR(joint.weight[e], expected.weight[e], 1e-3 * expected.weight[e]);
    sum += joint.weight[e];
  }
  EXPECT_NEAR(sum, 1, 1e-12);
}

TEST(Affinities, OfNeighborsAtOneDistanceAreEqual) {
  const std::vector<float> values(20, 4.0F);
  const Neighbors neighbors = nearest_neighbors({.values = values, .dim = 1}, 6, 1);
  for (const double similarity : conditional_similarities(neighbors, 2, 1))
    EXPECT_NEAR(similarity, 1.0 / 6, 1e-15);
}

}  // namespace
}  // namespace crossfold::projection
