#include "crossfold/stats/exponential_tail.h"

#include <cmath>

#include <gtest/gtest.h>

#include "stats/recorded.h"

namespace crossfold::stats {
namespace {

TEST(ExponentialTail, EqualsNumpysSpacingsAndScipysFit) {
  const nlohmann::json recorded = read_recorded("association_cases.json");
  for (const auto& one : recorded["tails"]) {
    SCOPED_TRACE(one["name"].get<std::string>());
    const auto tail =
        fit_exponential_tail(recorded_doubles(one["largest"]), one["skipped"].get<std::size_t>());
    ASSERT_TRUE(tail);
    EXPECT_NEAR(tail->rate, one["rate"].get<double>(), 1e-9 * tail->rate);
  }
}

/// The quantiles of an exponential distribution with rate 2, largest first, `foreign` of them
/// moved far up.
std::vector<double> quantiles(std::size_t foreign) {
  std::vector<double> values;
  for (std::size_t i = 1; i <= 400; ++i) {
    const double value = std::log(1000.0 / (static_cast<double>(i) - 0.5)) / 2;
    values.push_back(i <= foreign ? value + 20 : value);
  }
  return values;
}

TEST(ExponentialTail, IsNotMovedByForeignValuesThatAreSkipped) {
  const auto sound = fit_exponential_tail(quantiles(0), 100);
  const auto mixed = fit_exponential_tail(quantiles(40), 100);
  ASSERT_TRUE(sound && mixed);
  EXPECT_NEAR(sound->rate, 2, 0.05);
  EXPECT_EQ(mixed->rate, sound->rate);
  EXPECT_LT(fit_exponential_tail(quantiles(40), 0)->rate, 0.5);
}

TEST(ExponentialTail, ExpectsItsCountAtItsStartAndFewerBeyond) {
  const ExponentialTail tail{.start = 1, .rate = 2, .count = 50};
  EXPECT_EQ(tail.expected_above(1), 50);
  EXPECT_NEAR(tail.expected_above(2), 50 * std::exp(-2.0), 1e-12);
}

TEST(ExponentialTail, NeedsThirtySpacingsThatFall) {
  EXPECT_FALSE(fit_exponential_tail(std::vector<double>(30, 1.0), 0));
  EXPECT_FALSE(fit_exponential_tail(std::vector<double>(200, 1.0), 0));
}

}  // namespace
}  // namespace crossfold::stats
