#include "crossfold/stats/share_bound.h"

#include <gtest/gtest.h>

#include "stats/recorded.h"

namespace crossfold::stats {
namespace {

TEST(LargestShare, IsScipysExactBound) {
  const nlohmann::json recorded = read_recorded("share_cases.json");
  ASSERT_GE(recorded["bounds"].size(), 22U);
  for (const auto& one : recorded["bounds"]) {
    SCOPED_TRACE(one.dump());
    EXPECT_NEAR(largest_share(one["found"].get<std::size_t>(), one["of"].get<std::size_t>(),
                              one["confidence"].get<double>()),
                one["largest_share"].get<double>(), 1e-12);
  }
}

TEST(LargestShare, IsBelowFivePercentFrom59CleanOnesOn) {
  EXPECT_GT(largest_share(0, 58, 0.95), 0.05);
  EXPECT_LT(largest_share(0, 59, 0.95), 0.05);
}

TEST(LargestShare, IsAllWhereNothingSpeaksAgainstIt) {
  EXPECT_EQ(largest_share(0, 0, 0.95), 1.0);
  EXPECT_EQ(largest_share(7, 7, 0.95), 1.0);
}

}  // namespace
}  // namespace crossfold::stats
