#include "crossfold/stats/number_scores.h"

#include <vector>

#include <gtest/gtest.h>

#include "stats/recorded.h"

namespace crossfold::stats {
namespace {

TEST(RSquared, IsThatOfScikitLearn) {
  for (const auto& recorded : read_recorded("number_cases.json")["r2"])
    EXPECT_TRUE(agrees(
        r_squared(recorded_doubles(recorded["predicted"]), recorded_doubles(recorded["actual"])),
        recorded["r2"]));
}

TEST(RSquared, IsUndefinedWhereNothingVaries) {
  EXPECT_EQ(r_squared(std::vector<double>{1, 2}, std::vector<double>{3, 3}), std::nullopt);
  EXPECT_EQ(r_squared(std::vector<double>{1}, std::vector<double>{3}), std::nullopt);
  EXPECT_EQ(r_squared({}, {}), std::nullopt);
}

TEST(Terciles, AreThoseOfNumpy) {
  for (const auto& recorded : read_recorded("number_cases.json")["thirds"]) {
    const std::vector<double> values = recorded_doubles(recorded["values"]);
    const Terciles cut = terciles(values);
    EXPECT_TRUE(agrees(cut.low, recorded["low"]));
    EXPECT_TRUE(agrees(cut.high, recorded["high"]));
    std::vector<std::int32_t> thirds;
    for (const double value : values) thirds.push_back(cut.third_of(value));
    EXPECT_EQ(thirds, recorded["thirds"].get<std::vector<std::int32_t>>());
  }
}

}  // namespace
}  // namespace crossfold::stats
