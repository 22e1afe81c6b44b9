#include "crossfold/stats/calibration.h"

#include <gtest/gtest.h>

#include "stats/recorded.h"

namespace crossfold::stats {
namespace {

TEST(Calibration, EqualsScikitLearnsCurveBinByBin) {
  const nlohmann::json recorded = read_recorded("curve_cases.json");
  ASSERT_GE(recorded["cases"].size(), 6U);
  for (const auto& one : recorded["cases"]) {
    SCOPED_TRACE(one["name"].get<std::string>());
    std::vector<std::uint8_t> positive;
    for (const auto& value : one["positive"]) positive.push_back(value.get<int>() != 0 ? 1 : 0);
    const std::vector<double> counts = recorded_doubles(one["counts"]);
    const Calibration found = calibrate(recorded_doubles(one["scores"]), positive, counts.size());
    EXPECT_TRUE(agrees(found.error, one["ece"]));
    std::size_t filled = 0;
    for (std::size_t i = 0; i < counts.size(); ++i) {
      EXPECT_EQ(static_cast<double>(found.bins[i].n), counts[i]) << i;
      if (found.bins[i].n == 0) continue;
      EXPECT_TRUE(agrees(found.bins[i].mean_probability, one["mean_probability"][filled])) << i;
      EXPECT_TRUE(agrees(found.bins[i].share_positive, one["share_positive"][filled])) << i;
      ++filled;
    }
  }
}

TEST(Calibration, TheFirstBinHoldsZeroAndTheLastOne) {
  const Calibration found =
      calibrate(std::vector<double>{0, 1}, std::vector<std::uint8_t>{0, 1}, 10);
  EXPECT_EQ(found.bins.front().n, 1U);
  EXPECT_EQ(found.bins.back().n, 1U);
  EXPECT_EQ(found.error, 0);
}

TEST(Calibration, OfNothingHasNoError) { EXPECT_FALSE(calibrate({}, {}, 10).error.has_value()); }

}  // namespace
}  // namespace crossfold::stats
