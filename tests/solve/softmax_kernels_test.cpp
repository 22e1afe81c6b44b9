#include "softmax_kernels.h"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "crossfold/solve/vector_exp.h"

#include "solve/lcg.h"

namespace crossfold::solve {
namespace {

using test::Lcg;

TEST(VectorExp, IsWithinAUnitInTheLastPlace) {
  Lcg random(1);
  for (int i = 0; i < 200000; ++i) {
    const double x = i % 2 == 0 ? -700 * random.uniform() * random.uniform() : -random.uniform();
    const double exact = std::exp(x);
    ASSERT_NEAR(exp_of_nonpositive(x) / exact, 1, 1.5 * std::numeric_limits<double>::epsilon())
        << x;
  }
  EXPECT_EQ(exp_of_nonpositive(0), 1);
  EXPECT_LT(exp_of_nonpositive(-1e9), 1e-300);
  EXPECT_LT(exp_of_nonpositive(-std::numeric_limits<double>::infinity()), 1e-300);
  EXPECT_TRUE(std::isnan(exp_of_nonpositive(std::nan(""))));
}

/// Two levels with the contrast (1, -1) / sqrt 2, so that everything can be written down by hand.
struct TwoLevels {
  std::size_t size;
  double contrasts[2] = {std::sqrt(0.5), -std::sqrt(0.5)};
  double length = 0.25;
  std::vector<std::int32_t> labels = std::vector<std::int32_t>(kSoftmaxBlock);
  std::vector<double> base = std::vector<double>(kSoftmaxBlock);
  std::vector<double> direction = std::vector<double>(kSoftmaxBlock);
  std::vector<double> residuals = std::vector<double>(kSoftmaxBlock, 7);
  std::vector<double> slopes = std::vector<double>(kSoftmaxBlock);
  std::vector<float> probabilities = std::vector<float>(2 * kSoftmaxBlock);
  std::vector<float> curvature = std::vector<float>(kSoftmaxBlock, 7);
  std::vector<double> scratch = std::vector<double>(2 * kSoftmaxBlock);

  explicit TwoLevels(std::size_t rows) : size(rows) {
    Lcg random(3);
    for (std::size_t i = 0; i < kSoftmaxBlock; ++i) {
      base[i] = 60 * (random.uniform() - 0.5);
      direction[i] = random.uniform() - 0.5;
      labels[i] = static_cast<std::int32_t>(i % 2);
    }
  }
  SoftmaxBlock block() {
    return {.levels = 2,
            .size = size,
            .share = 0.125,
            .contrasts = contrasts,
            .labels = labels.data(),
            .base = base.data(),
            .direction = direction.data(),
            .length = length,
            .residuals = residuals.data(),
            .slopes = slopes.data(),
            .probabilities = probabilities.data(),
            .curvature = curvature.data(),
            .scratch = scratch.data()};
  }
};

class SoftmaxKernelsOfSet : public ::testing::TestWithParam<InstructionSet> {};

TEST_P(SoftmaxKernelsOfSet, EvaluateABlockAsWrittenDown) {
  for (const std::size_t size : {kSoftmaxBlock, std::size_t{37}}) {
    TwoLevels two(size);
    const double loss = softmax_kernels(GetParam()).evaluate(two.block());
    double expected_loss = 0;
    for (std::size_t i = 0; i < size; ++i) {
      const double predictor = two.base[i] + two.length * two.direction[i];
      const double p = 1 / (1 + std::exp(-std::sqrt(2.0) * predictor));  // of level 0
      const bool first = two.labels[i] == 0;
      expected_loss += -std::log(first ? p : 1 / (1 + std::exp(std::sqrt(2.0) * predictor)));
      EXPECT_NEAR(two.probabilities[i], p, 1e-7);
      EXPECT_NEAR(two.residuals[i], std::sqrt(2.0) * (p - (first ? 1 : 0)) * 0.125, 1e-14);
      EXPECT_EQ(two.slopes[i], two.residuals[i] * two.direction[i]);
      EXPECT_NEAR(two.curvature[i], 2 * p * (1 - p), 1e-7);
    }
    EXPECT_NEAR(loss, expected_loss * 0.125, 1e-13 * expected_loss);
    for (std::size_t i = size; i < kSoftmaxBlock; ++i) {
      EXPECT_EQ(two.residuals[i], 0);
      EXPECT_EQ(two.curvature[i], 0);
    }
  }
}

TEST_P(SoftmaxKernelsOfSet, MultiplyByTheCurvature) {
  TwoLevels two(kSoftmaxBlock);
  (void)softmax_kernels(GetParam()).evaluate(two.block());
  std::vector<float> predictors(kSoftmaxBlock, 2), factors(kSoftmaxBlock);
  std::vector<float> sums(kSoftmaxBlock, 1);
  const float offset = 3;
  softmax_kernels(GetParam())
      .factors_float({.columns = 1,
                      .share = 0.5F,
                      .curvature = two.curvature.data(),
                      .offsets = &offset,
                      .predictors = predictors.data(),
                      .factors = factors.data(),
                      .factor_sums = sums.data()});
  for (std::size_t i = 0; i < kSoftmaxBlock; ++i) {
    EXPECT_FLOAT_EQ(factors[i], two.curvature[i] * 2.5F);
    EXPECT_FLOAT_EQ(sums[i], 1 + factors[i]);
  }
}

INSTANTIATE_TEST_SUITE_P(EverySet, SoftmaxKernelsOfSet, ::testing::ValuesIn(instruction_sets()),
                         [](const auto& set) { return std::string(name_of(set.param)); });

}  // namespace
}  // namespace crossfold::solve
