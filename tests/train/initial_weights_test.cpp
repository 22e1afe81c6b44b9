#include "initial_weights.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

namespace crossfold::train {
namespace {

const StreamKey kKey{.root_seed = 3, .seed = SeedIndex(1), .fold = FoldIndex(2)};

TEST(InitialWeights, AreUniformOnOneOverTheRootOfFanIn) {
  const InitialWeights weights = draw_initial_weights(kKey, 100, 3, 5);
  ASSERT_EQ(weights.hidden.weight.size(), 256U * 100);
  ASSERT_EQ(weights.encoded.weight.size(), 64U * 256);
  ASSERT_EQ(weights.class_head.weight.size(), 3U * 64);
  ASSERT_EQ(weights.domain_head->weight.size(), 5U * 64);
  ASSERT_EQ(weights.domain_head->bias.size(), 5U);
  const auto [low, high] =
      std::minmax_element(weights.hidden.weight.begin(), weights.hidden.weight.end());
  EXPECT_NEAR(*low, -0.1, 1e-4);
  EXPECT_NEAR(*high, 0.1, 1e-4);
  double squares = 0;
  for (const float value : weights.hidden.weight) squares += static_cast<double>(value) * value;
  EXPECT_NEAR(squares / 25600, 0.01 / 3, 1e-4);  // the variance of that uniform distribution
  for (const float value : weights.encoded.bias) EXPECT_LE(std::abs(value), 1.0F / 16);
}

TEST(InitialWeights, BaselineAndDisentangledShareEncoderAndClassHead) {
  const InitialWeights baseline = draw_initial_weights(kKey, 10, 3, 0);
  const InitialWeights disentangled = draw_initial_weights(kKey, 10, 3, 5);
  EXPECT_FALSE(baseline.domain_head);
  EXPECT_EQ(baseline.hidden.weight, disentangled.hidden.weight);
  EXPECT_EQ(baseline.encoded.bias, disentangled.encoded.bias);
  EXPECT_EQ(baseline.class_head.weight, disentangled.class_head.weight);
  EXPECT_EQ(baseline.class_head.bias, disentangled.class_head.bias);
}

TEST(InitialWeights, DifferFromFoldToFold) {
  StreamKey other = kKey;
  other.fold = FoldIndex(3);
  EXPECT_NE(draw_initial_weights(kKey, 10, 3, 0).hidden.weight,
            draw_initial_weights(other, 10, 3, 0).hidden.weight);
}

}  // namespace
}  // namespace crossfold::train
