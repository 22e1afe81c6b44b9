#include "crossfold/stats/rank_correlation.h"

#include <gtest/gtest.h>

#include "stats/recorded.h"

namespace crossfold::stats {
namespace {

TEST(Spearman, EqualsScipys) {
  const nlohmann::json recorded = read_recorded("association_cases.json");
  for (const auto& one : recorded["ranks"]) {
    SCOPED_TRACE(one["name"].get<std::string>());
    const auto a = recorded_doubles(one["a"]);
    EXPECT_EQ(mean_ranks(a), recorded_doubles(one["ranks"]));
    const auto found = spearman(a, recorded_doubles(one["b"]));
    ASSERT_TRUE(found);
    EXPECT_TRUE(agrees(found->rho, one["rho"]));
    EXPECT_NEAR(found->p, one["p"].get<double>(), 1e-9);
  }
}

TEST(Spearman, OfOneOrderIsOne) {
  const auto found = spearman(std::vector<double>{1, 2, 4, 9}, std::vector<double>{0, 5, 6, 7});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->rho, 1.0);
  EXPECT_EQ(found->p, 0.0);
}

TEST(Spearman, IsUndefinedForTwoPairsAndForAConstant) {
  EXPECT_FALSE(spearman(std::vector<double>{1, 2}, std::vector<double>{1, 2}));
  EXPECT_FALSE(spearman(std::vector<double>{1, 2, 3}, std::vector<double>{5, 5, 5}));
}

}  // namespace
}  // namespace crossfold::stats
