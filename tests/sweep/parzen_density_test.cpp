#include "parzen_density.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "sweep/recorded.h"

namespace crossfold::sweep {
namespace {

SearchDimension number() { return {.key = "x", .low = 0, .high = 1, .only_if = {}}; }
SearchDimension choice(std::size_t options) {
  return {.key = "c", .kind = DimensionKind::choice, .options = options, .only_if = {}};
}
SearchDimension whole(double low, double high) {
  return {.key = "n", .kind = DimensionKind::whole, .low = low, .high = high, .only_if = {}};
}

/// A number, a choice of three, and a number that exists only with the first option.
std::vector<SearchDimension> branching_space() {
  std::vector<SearchDimension> dimensions{number(), choice(3), number()};
  dimensions[2].only_if = SearchDimension::Condition{.dimension = 1, .option = 0};
  return dimensions;
}

TreePoint point_of(const nlohmann::json& recorded) {
  TreePoint point;
  for (const auto& value : recorded)
    point.push_back(value.is_null() ? std::nullopt : std::optional(value.get<double>()));
  return point;
}

class RecordedMixture : public ::testing::Test {
 protected:
  RecordedMixture() {
    for (const auto& kernel : recorded_.at("kernels"))
      density_.add(point_of(kernel.at("point")), kernel.at("widths").get<std::vector<double>>(),
                   kernel.at("weight").get<double>());
  }
  nlohmann::json recorded_ = read_recorded("parzen_cases.json");
  std::vector<SearchDimension> dimensions_ = branching_space();
  ParzenDensity density_{dimensions_, recorded_.at("uniform").get<double>()};
};

TEST_F(RecordedMixture, HasTheDensityOfScipy) {
  for (const auto& expected : recorded_.at("cases"))
    EXPECT_NEAR(density_.at(point_of(expected.at("point"))), expected.at("density").get<double>(),
                1e-12);
}

TEST_F(RecordedMixture, IsSampledByItsDensity) {
  // The share of the draws in each of 3 x 4 cells against the density's integral over them.
  constexpr int kDraws = 200'000, kSteps = 100;
  RandomStream stream({.root_seed = 1}, "test");
  std::vector<std::vector<double>> drawn(3, std::vector<double>(4, 0));
  std::size_t with_third = 0;
  for (int i = 0; i < kDraws; ++i) {
    const TreePoint point = density_.sample(stream);
    const auto option = static_cast<std::size_t>(*point[1] * 3);
    ASSERT_EQ(point[2].has_value(), option == 0);
    with_third += point[2] ? 1 : 0;
    drawn[option][static_cast<std::size_t>(*point[0] * 4)] += 1.0 / kDraws;
  }
  for (std::size_t option = 0; option < 3; ++option)
    for (std::size_t cell = 0; cell < 4; ++cell) {
      double expected = 0;
      for (int i = 0; i < kSteps; ++i)
        for (int k = 0; k < (option == 0 ? kSteps : 1); ++k) {
          const double x = (static_cast<double>(cell) + (i + 0.5) / kSteps) / 4;
          TreePoint point{x, (static_cast<double>(option) + 0.5) / 3, std::nullopt};
          if (option == 0) point[2] = (k + 0.5) / kSteps;
          expected += density_.at(point) / 12 / kSteps / (option == 0 ? kSteps : 1);
        }
      EXPECT_NEAR(drawn[option][cell], expected, 0.004) << option << ", " << cell;
    }
  EXPECT_GT(with_third, 0U);
}

TEST(ParzenDensity, WithoutKernelsIsUniform) {
  const std::vector<SearchDimension> dimensions = branching_space();
  const ParzenDensity density(dimensions, 1);
  EXPECT_EQ(density.at({0.3, 0.5, std::nullopt}), 1);
  RandomStream stream({.root_seed = 1}, "test");
  std::vector<int> options(3, 0);
  for (int i = 0; i < 3000; ++i)
    ++options[static_cast<std::size_t>(*density.sample(stream)[1] * 3)];
  for (const int count : options) EXPECT_NEAR(count, 1000, 100);
}

TEST(ParzenDensity, PutsWordsAndWholeNumbersInTheMiddleOfTheirInterval) {
  EXPECT_EQ(snapped(choice(4), 0), 0.125);
  EXPECT_EQ(snapped(choice(4), 0.9999), 0.875);
  EXPECT_EQ(snapped(whole(3, 7), 0.5), 0.5);
  EXPECT_EQ(snapped(whole(3, 7), 0.39), 0.3);
  EXPECT_EQ(snapped(number(), 0.39), 0.39);
}

TEST(ParzenDensity, StaysInsideTheCube) {
  const std::vector<SearchDimension> dimensions{number(), whole(0, 2)};
  ParzenDensity density(dimensions, 0.1);
  density.add({0.0, 5.0 / 6}, std::vector<double>{0.5, 0.5}, 1);
  RandomStream stream({.root_seed = 2}, "test");
  for (int i = 0; i < 2000; ++i) {
    const TreePoint point = density.sample(stream);
    EXPECT_TRUE(*point[0] >= 0 && *point[0] < 1);
    EXPECT_EQ(*point[1], snapped(dimensions[1], *point[1]));
  }
}

}  // namespace
}  // namespace crossfold::sweep
