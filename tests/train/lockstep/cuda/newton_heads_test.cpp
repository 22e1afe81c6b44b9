#include "newton_heads.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "crossfold/core/error.h"
#include "crossfold/core/random_stream.h"
#include "crossfold/solve/one_thread.h"

#include "network_scores.h"

namespace crossfold::train::cuda {
namespace {

/// Clouds in 64 dimensions, one a level, `apart` from each other.
struct Clouds {
  Clouds(std::size_t samples, std::size_t levels, double apart, std::uint32_t seed)
      : labels(samples), features(samples * kFeatures) {
    RandomStream stream({.root_seed = seed, .seed = SeedIndex(0), .fold = FoldIndex(0)}, "init");
    for (std::size_t i = 0; i < samples; ++i) {
      labels[i] = static_cast<std::int32_t>(i % levels);
      for (std::size_t u = 0; u < kFeatures; ++u)
        features[i * kFeatures + u] =
            static_cast<float>(stream.normal() + (u % levels == i % levels ? apart : 0.0));
    }
  }
  std::vector<std::int32_t> labels;
  std::vector<float> features;
};

class NewtonHeads : public ::testing::Test {
 protected:
  NewtonHeads() { solve::use_one_thread(); }

  /// Problems one behind the other in the device's memory.
  [[nodiscard]] std::vector<HeadSolve> solve(const std::vector<const Clouds*>& clouds,
                                             std::size_t levels,
                                             const LogisticModel* start = nullptr) {
    std::vector<float> features;
    std::vector<HeadProblem> problems;
    for (const Clouds* one : clouds) {
      problems.push_back(
          {.features = features.size(), .labels = one->labels, .levels = levels, .start = start});
      features.insert(features.end(), one->features.begin(), one->features.end());
    }
    const DeviceArray<float> there(*device_, std::span<const float>(features));
    return solve_heads(*device_, there.data(), problems);
  }

  static void expect_that_of_the_cpu(const HeadSolve& found, const Clouds& clouds,
                                     std::size_t levels) {
    ASSERT_FALSE(found.failure);
    EXPECT_TRUE(found.solution.converged);
    EXPECT_LE(found.solution.gradient, 1e-6);
    const LogisticFit expected = fit_logistic(encoded_rows(clouds.features), clouds.labels, levels);
    const std::vector<double> p =
        probabilities(found.solution.model, encoded_rows(clouds.features));
    const std::vector<double> q = probabilities(expected.model, encoded_rows(clouds.features));
    double worst = 0;
    for (std::size_t i = 0; i < p.size(); ++i) worst = std::max(worst, std::abs(p[i] - q[i]));
    EXPECT_LT(worst, 3e-5);
    double sum = 0;
    for (const double intercept : found.solution.model.intercepts)
      if (std::isfinite(intercept)) sum += intercept;
    EXPECT_NEAR(sum, 0, 1e-12);
  }

  std::unique_ptr<Device> device_ = make_twin_device(std::size_t{1} << 30);
};

TEST_F(NewtonHeads, FindTheMinimumOfTheCpusSolver) {
  for (const double apart : {0.0, 0.3, 3.0}) {
    for (const std::size_t levels : {2, 3, 5}) {
      const Clouds clouds(400, levels, apart, 7);
      expect_that_of_the_cpu(solve({&clouds}, levels).front(), clouds, levels);
    }
  }
}

TEST_F(NewtonHeads, AProblemsNumbersDoNotDependOnTheOthers) {
  const Clouds a(300, 3, 0.4, 1), b(555, 3, 2.0, 2), c(257, 3, 0.0, 3);
  const std::vector<HeadSolve> together = solve({&a, &b, &c}, 3);
  const HeadSolve alone = solve({&b}, 3).front();
  EXPECT_EQ(together[1].solution.model.weights, alone.solution.model.weights);
  EXPECT_EQ(together[1].solution.model.intercepts, alone.solution.model.intercepts);
  EXPECT_EQ(together[1].solution.iterations, alone.solution.iterations);
}

TEST_F(NewtonHeads, GoOnFromAStart) {
  const Clouds before(400, 3, 0.5, 4), after(400, 3, 0.55, 4);
  const HeadSolve first = solve({&before}, 3).front();
  const HeadSolve warm = solve({&after}, 3, &first.solution.model).front();
  const HeadSolve cold = solve({&after}, 3).front();
  expect_that_of_the_cpu(warm, after, 3);
  EXPECT_LE(warm.solution.iterations, cold.solution.iterations);
}

/// A start that is worse than none is ignored, as fit_logistic does.
TEST_F(NewtonHeads, LeaveAPoorStart) {
  const Clouds clouds(200, 2, 0.5, 5);
  LogisticModel far{.levels = 2,
                    .dim = kFeatures,
                    .weights = std::vector<double>(2 * kFeatures, 0.0),
                    .intercepts = {50, -50}};
  for (std::size_t u = 0; u < kFeatures; ++u) far.weights[u] = u % 2 == 0 ? -30 : 30;
  expect_that_of_the_cpu(solve({&clouds}, 2, &far).front(), clouds, 2);
}

TEST_F(NewtonHeads, LeaveOutLevelsThatDoNotOccur) {
  Clouds clouds(200, 2, 0.5, 6);
  for (std::int32_t& label : clouds.labels) label *= 3;
  const HeadSolve found = solve({&clouds}, 5).front();
  ASSERT_FALSE(found.failure);
  EXPECT_EQ(found.solution.model.levels, 5U);
  for (const std::size_t absent : {1, 2, 4})
    EXPECT_EQ(found.solution.model.intercepts[absent], -HUGE_VAL);
  expect_that_of_the_cpu(found, clouds, 5);
}

TEST_F(NewtonHeads, FailOneByOne) {
  Clouds single(100, 1, 0, 8), sound(100, 2, 1, 9), broken(100, 2, 1, 10);
  broken.features[70] = std::nanf("");
  const std::vector<HeadSolve> found = solve({&single, &sound, &broken}, 2);
  const auto message = [](const HeadSolve& of) -> std::string {
    try {
      std::rethrow_exception(of.failure);
    } catch (const Error& error) {
      return error.what();
    }
  };
  EXPECT_EQ(message(found[0]),
            "only one level occurs among the 100 samples of a logistic regression (there is "
            "nothing to tell apart). use other samples or another label");
  expect_that_of_the_cpu(found[1], sound, 2);
  EXPECT_EQ(message(found[2]),
            "the objective of a logistic regression is not finite (a feature is not a finite "
            "number, or too large). check the features");
}

TEST_F(NewtonHeads, TellTheLossOfAHeadAsItIs) {
  const Clouds clouds(123, 3, 0.5, 11);
  const LogisticFit fit = fit_logistic(encoded_rows(clouds.features), clouds.labels, 4);
  LogisticModel head = fit.model;
  head.intercepts[3] = -1;  // a class that no sample here has counts all the same
  const DeviceArray<float> there(*device_, std::span<const float>(clouds.features));
  const HeadProblem problem{.features = 0, .labels = clouds.labels, .levels = 4, .start = &head};
  EXPECT_NEAR(head_losses(*device_, there.data(), std::span(&problem, 1)).front(),
              mean_cross_entropy(logits(head, encoded_rows(clouds.features)), clouds.labels, 4),
              1e-12);
}

}  // namespace
}  // namespace crossfold::train::cuda
