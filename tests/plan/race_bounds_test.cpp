#include "crossfold/plan/race_bounds.h"

#include <cstddef>
#include <cstdint>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plan/learning_study.h"
#include "plan/racing_study.h"

namespace crossfold {
namespace {

using ::testing::ElementsAre;

/// Six candidates and three, on six splits and two embedding sets, behind an experiment that has no
/// race.
TEST(RaceBounds, AreThoseOfEachChainInTheirOrder) {
  Job job = testing::racing_job();
  Experiment second = job.experiments[0];
  second.name = "second";
  second.candidates.resize(1 + 3);
  second.sweep->candidates = 3;
  second.sweep->race->rungs = {3};
  job.experiments = {job.experiments[1], job.experiments[0], second};
  const std::vector<RaceBounds> races = race_bounds(job, testing::small_plan(job));
  ASSERT_EQ(races.size(), 4U);
  for (std::uint32_t i = 0; i < 4; ++i) {
    SCOPED_TRACE(i);
    EXPECT_EQ(races[i].experiment, 1 + i / 2);
    EXPECT_EQ(races[i].embedding, i % 2);
    EXPECT_EQ(races[i].sources_out, 0U);
  }
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(races[i].candidates, 6U);
    EXPECT_THAT(races[i].rungs, ElementsAre(2, 4));
    EXPECT_EQ(races[i].least, 6U * 2 + 4) << "all on two splits, one on the other four";
    EXPECT_EQ(races[i].most, 6U * 6);
    EXPECT_EQ(races[2 + i].candidates, 3U);
    EXPECT_THAT(races[2 + i].rungs, ElementsAre(3));
    EXPECT_EQ(races[2 + i].least, 3U * 3 + 3);
    EXPECT_EQ(races[2 + i].most, 3U * 6);
  }
}

TEST(RaceBounds, AreNoneOfCandidatesInGenerations) {
  const Job job = testing::learning_job();
  const Plan plan = testing::small_plan(job);
  ASSERT_EQ(plan.chains.size(), 1U);
  EXPECT_TRUE(race_bounds(job, plan).empty());
}

}  // namespace
}  // namespace crossfold
