#include "crossfold/solve/ridge_regression.h"

#include <cmath>
#include <fstream>
#include <limits>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/expect_error.h"
#include "solve/lcg.h"

namespace crossfold {
namespace {

using nlohmann::json;

/// Features and targets by the formula of record_ridge_regression.py.
struct Planted {
  explicit Planted(const json& recipe) : dim(recipe.at("dim")) {
    const auto count = recipe.at("n").get<std::size_t>();
    const double offset = recipe.at("offset");
    test::Lcg lcg(count);
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t d = 0; d < dim; ++d)
        values.push_back(static_cast<float>(lcg.uniform() - 0.5 + offset));
      const float* x = values.data() + i * dim;
      targets.push_back(55 + 15 * static_cast<double>(x[0]) - 8 * static_cast<double>(x[1]) +
                        4 * (lcg.uniform() - 0.5));
    }
  }
  [[nodiscard]] FeatureRows features() const {
    return {.values = values, .dim = dim, .rows = {}, .scaling = nullptr};
  }

  std::size_t dim;
  std::vector<float> values;
  std::vector<double> targets;
};

json recorded() {
  std::ifstream file(CROSSFOLD_TEST_DATA "/ridge_regression.json");
  return json::parse(file)["cases"];
}

TEST(RidgeRegression, IsThatOfScikitLearn) {
  for (const json& recipe : recorded()) {
    SCOPED_TRACE(recipe["n"].dump() + " x " + recipe["dim"].dump());
    const Planted data(recipe);
    const RidgeModel model = fit_ridge(data.features(), data.targets, recipe["c"]);
    const std::vector<double> predicted = predictions(model, data.features());
    EXPECT_NEAR(model.intercept, recipe["intercept"], 1e-9);
    for (std::size_t d = 0; d < recipe["weights"].size(); ++d)
      EXPECT_NEAR(model.weights[d], recipe["weights"][d], 1e-10);
    for (std::size_t i = 0; i < recipe["predictions"].size(); ++i)
      EXPECT_NEAR(predicted[i], recipe["predictions"][i], 1e-9);
  }
}

TEST(RidgeRegression, SeesTheRowsAndTheScalingThatItIsGiven) {
  const Planted data(recorded()[0]);
  std::vector<std::uint32_t> rows;
  std::vector<float> scaled;
  std::vector<double> targets;
  const ColumnScaling scaling{.mean = {0.1, 0.2, 0.3, 0.4, 0.5}, .inverse_sd = {2, 4, 0.5, 8, 1}};
  for (std::uint32_t row = 3; row < 190; row += 2) {
    rows.push_back(row);
    targets.push_back(data.targets[row]);
    for (std::size_t d = 0; d < data.dim; ++d)
      scaled.push_back(static_cast<float>((data.values[row * data.dim + d] - scaling.mean[d]) *
                                          scaling.inverse_sd[d]));
  }
  const RidgeModel seen = fit_ridge(
      {.values = data.values, .dim = data.dim, .rows = rows, .scaling = &scaling}, targets);
  const RidgeModel copied =
      fit_ridge({.values = scaled, .dim = data.dim, .rows = {}, .scaling = nullptr}, targets);
  for (std::size_t d = 0; d < data.dim; ++d)
    EXPECT_NEAR(seen.weights[d], copied.weights[d], 1e-5);  // float32 in the copy
}

/// By hand: the scaled rows are (0, 0), (2, 5), (4, 10).
TEST(RidgeRegression, PredictsForTheRowsAndTheScalingThatItIsGiven) {
  const std::vector<float> values{1, 10, 2, 20, 3, 30};
  const std::vector<std::uint32_t> rows{2, 0};
  const ColumnScaling scaling{.mean = {1, 10}, .inverse_sd = {2, 0.5}};
  const RidgeModel model{.weights = {1, -2}, .intercept = 5};
  const FeatureRows stored{.values = values, .dim = 2, .rows = {}, .scaling = nullptr};
  EXPECT_EQ(predictions(model, stored), (std::vector<double>{-14, -33, -52}));
  const FeatureRows scaled{.values = values, .dim = 2, .rows = {}, .scaling = &scaling};
  EXPECT_EQ(predictions(model, scaled), (std::vector<double>{5, -3, -11}));
  const FeatureRows some{.values = values, .dim = 2, .rows = rows, .scaling = &scaling};
  EXPECT_EQ(predictions(model, some), (std::vector<double>{-11, 5}));
}

/// Next to no penalty: targets that a line gives come back, in the units of the scaled features.
TEST(RidgeRegression, FindsTheLineInTheScaledFeatures) {
  const std::vector<float> values{1, 10, 2, 40, 3, 20, 4, 70, 5, 10};
  const ColumnScaling scaling{.mean = {3, 30}, .inverse_sd = {2, 0.25}};
  const FeatureRows features{.values = values, .dim = 2, .rows = {}, .scaling = &scaling};
  const std::vector<double> targets = predictions({.weights = {4, -3}, .intercept = 7}, features);
  const RidgeModel found = fit_ridge(features, targets, 1e9);
  EXPECT_NEAR(found.weights[0], 4, 1e-6);
  EXPECT_NEAR(found.weights[1], -3, 1e-6);
  EXPECT_NEAR(found.intercept, 7, 1e-6);
}

TEST(RidgeRegression, RefusesFeaturesThatAreNotFinite) {
  Planted data(recorded()[0]);
  data.values[7] = std::numeric_limits<float>::infinity();
  expect_error(
      ErrorCode::bad_input,
      "feature 2 is not finite in some sample (no regression can be fitted to it). compute "
      "the embedding again",
      [&] { (void)fit_ridge(data.features(), data.targets); });
}

}  // namespace
}  // namespace crossfold
