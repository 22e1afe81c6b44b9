#include "crossfold/sweep/race_order.h"

#include <algorithm>
#include <map>
#include <set>

#include <gmock/gmock.h>

#include "stats/recorded.h"

namespace crossfold::sweep {
namespace {

using ::testing::IsEmpty;

TEST(RaceOrder, IsMadeAgainByAnotherProgramFromTheSameStream) {
  const nlohmann::json recorded = stats::read_recorded("race_cases.json");
  ASSERT_GE(recorded["orders"].size(), 4U);
  for (const auto& one : recorded["orders"]) {
    SCOPED_TRACE(one.dump());
    const auto order =
        race_order(one["root_seed"].get<std::uint64_t>(), one["seeds"].get<std::uint32_t>(),
                   one["folds"].get<std::uint32_t>());
    ASSERT_EQ(order.size(), one["order"].size());
    for (std::size_t i = 0; i < order.size(); ++i) {
      EXPECT_EQ(order[i].seed.value, one["order"][i][0]);
      EXPECT_EQ(order[i].fold.value, one["order"][i][1]);
    }
  }
}

TEST(RaceOrder, HasEverySplitOnceAndEverySeedOnceInABlock) {
  const auto order = race_order(11, 5, 10);
  ASSERT_EQ(order.size(), 50U);
  EXPECT_EQ(std::set<SplitPosition>(order.begin(), order.end()).size(), 50U);
  for (std::size_t block = 0; block < 10; ++block) {
    std::set<SeedIndex> seeds;
    for (std::size_t i = 0; i < 5; ++i) seeds.insert(order[5 * block + i].seed);
    EXPECT_EQ(seeds.size(), 5U) << "block " << block;
  }
}

// 3,000 orders of 20 splits: each is expected 150 times in each place, with a deviation of 12.
TEST(RaceOrder, HasEverySplitInEveryPlaceEquallyOften) {
  std::map<std::pair<SplitPosition, std::size_t>, int> times;
  for (std::uint64_t root_seed = 0; root_seed < 3'000; ++root_seed) {
    const auto order = race_order(root_seed, 4, 5);
    for (std::size_t place = 0; place < order.size(); ++place) ++times[{order[place], place}];
  }
  EXPECT_EQ(times.size(), 400U);
  for (const auto& [where, count] : times) EXPECT_NEAR(count, 150, 60);
}

TEST(RaceOrder, OfNoSeedsOrFoldsIsEmpty) {
  EXPECT_THAT(race_order(1, 0, 10), IsEmpty());
  EXPECT_THAT(race_order(1, 5, 0), IsEmpty());
}

}  // namespace
}  // namespace crossfold::sweep
