#include "crossfold/study/shard_share.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/expect_error.h"
#include "plan/racing_study.h"

namespace crossfold {
namespace {

TEST(ParseShard, ReadsWhichOfHowMany) {
  EXPECT_EQ(parse_shard("1/1"), (ShardNumber{.index = 1, .of = 1}));
  EXPECT_EQ(parse_shard("2/3"), (ShardNumber{.index = 2, .of = 3}));
  EXPECT_EQ(parse_shard("100000/100000"), (ShardNumber{.index = 100'000, .of = 100'000}));
}

TEST(ParseShard, RefusesAllElse) {
  for (const char* text : {"", "2", "2/", "/3", "0/3", "4/3", "2/3 ", "2/3/4", "2-of-3", "a/3",
                           "2/b", "1/100001", "1/0", "-1/3"})
    expect_error(
        ErrorCode::usage,
        std::string("--shard is '") + text +
            "' (no share of a plan). write 2/3 for the second of three; at most 100000 are "
            "possible",
        [&] { static_cast<void>(parse_shard(text)); });
}

class SharesOf : public ::testing::Test {
 protected:
  SharesOf() {
    job_.splits.seeds = 5;
    job_.cohort = 2;
    plan_ = testing::small_plan(job_);
  }
  Job job_ = testing::small_job();
  Plan plan_;
};

/// However many shards there are: each cohort lies in one of them, whole.
TEST_F(SharesOf, APlanHoldEachCohortOnce) {
  for (const std::uint32_t of : {1U, 2U, 3U, 7U, 200U}) {
    std::map<FitId, std::uint32_t> owners;
    for (std::uint32_t index = 1; index <= of; ++index)
      for (const FitId& id : fits_of_shard(plan_, {.index = index, .of = of}))
        EXPECT_TRUE(owners.emplace(id, index).second) << "in two shards";
    EXPECT_EQ(owners.size(), distinct_fits(plan_));
    for (const Cohort& cohort : plan_.cohorts)
      for (const std::uint32_t fit : cohort.fits)
        EXPECT_EQ(owners.at(plan_.fits[fit].id), owners.at(plan_.fits[cohort.fits[0]].id));
  }
}

/// The longest first, each to the shard that has least so far; of equal ones to the first.
TEST_F(SharesOf, APlanAreDealtOutLongestFirst) {
  std::vector<Cohort> cohorts = plan_.cohorts;
  std::stable_sort(cohorts.begin(), cohorts.end(),
                   [](const Cohort& a, const Cohort& b) { return a.cost > b.cost; });
  ASSERT_GT(cohorts.front().cost, cohorts.back().cost);
  for (const std::uint32_t of : {2U, 3U, 7U}) {
    std::vector<double> loads(of, 0.0);
    for (const Cohort& cohort : cohorts) {
      const auto least = std::min_element(loads.begin(), loads.end());
      *least += cohort.cost;
      const auto index = static_cast<std::uint32_t>(least - loads.begin()) + 1;
      const auto share = fits_of_shard(plan_, {.index = index, .of = of});
      EXPECT_TRUE(share.contains(plan_.fits[cohort.fits.front()].id));
    }
  }
}

}  // namespace
}  // namespace crossfold
