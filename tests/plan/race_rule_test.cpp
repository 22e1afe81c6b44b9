#include "race_rule.h"

#include <functional>
#include <set>
#include <tuple>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plan/racing_study.h"
#include "plan/sample_result.h"

namespace crossfold {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::racing_job;
using testing::result_with;
using ::testing::SizeIs;
using testing::trained_in;

/// Candidate i scores 0.9 - 0.1 i on every split, give or take a little.
std::optional<double> clear_score(const Fit& fit) {
  const double wobble = 1e-3 * ((fit.seed.value * 3 + fit.fold.value) % 5);
  return 0.9 - 0.1 * fit.candidate + wobble * (fit.candidate % 2 == 0 ? 1 : -1);
}

class RaceRuleTest : public ::testing::Test {
 protected:
  /// The stages of the first chain.
  std::vector<Stage> play(const std::function<std::optional<double>(const Fit&)>& score) {
    Stages stages(job_, plan_, rule_);
    for (std::vector<Stage> next = stages.advance(); !next.empty(); next = stages.advance())
      for (const Stage& stage : next)
        for (const std::uint32_t index : stage.fits)
          stages.take(result_with(plan_.fits[index].id, score(plan_.fits[index])));
    EXPECT_TRUE(stages.complete());
    std::vector<Stage> decided = stages.decided();
    std::erase_if(decided, [](const Stage& stage) { return stage.chain != 0; });
    return decided;
  }

  Job job_ = racing_job();
  Plan plan_ = testing::small_plan(job_);
  RaceRule rule_{job_, plan_};
};

TEST_F(RaceRuleTest, BeginsWithAllCandidatesOnTheFirstSplitsOfTheRace) {
  const Stage first = play(clear_score).front();
  EXPECT_EQ(first.record.splits, 2U);
  EXPECT_EQ(first.record.living, 6U);
  EXPECT_EQ(first.record.leader, "");
  EXPECT_THAT(first.record.given_up, IsEmpty());
  EXPECT_EQ(first.fits.size(), 12U);
  std::set<std::pair<SeedIndex, FoldIndex>> splits;
  for (const std::uint32_t fit : first.fits)
    splits.insert({plan_.fits[fit].seed, plan_.fits[fit].fold});
  std::set<std::pair<SeedIndex, FoldIndex>> expected;
  for (const sweep::SplitPosition& split : sweep::race_order(job_.seed, 2, 3))
    if (expected.size() < 2) expected.insert({split.seed, split.fold});
  EXPECT_EQ(splits, expected);
}

TEST_F(RaceRuleTest, EndsWithAllSplitsOfTheBest) {
  const std::vector<Stage> stages = play(clear_score);
  ASSERT_EQ(stages.size(), 4U);
  EXPECT_EQ(stages[2].record.splits, 6U);
  EXPECT_EQ(stages[2].record.leader, "d[lambda.from=1]");
  EXPECT_TRUE(stages[2].record.leader_stays || stages[1].record.leader_stays);
  EXPECT_EQ(trained_in(job_, plan_, stages[2]).front(), "d[lambda.from=1]");
  EXPECT_TRUE(stages[3].record.over);
  EXPECT_THAT(stages[3].fits, IsEmpty());
  EXPECT_EQ(stages[3].record.leader, "d[lambda.from=1]");
  std::set<std::pair<SeedIndex, FoldIndex>> splits;
  for (const Stage& stage : stages)
    for (const std::uint32_t index : stage.fits) {
      const Fit& fit = plan_.fits[index];
      if (fit.candidate != 1) continue;
      EXPECT_TRUE(splits.insert({fit.seed, fit.fold}).second);
    }
  EXPECT_THAT(splits, SizeIs(6));
}

TEST_F(RaceRuleTest, TellsWhoWasGivenUpAndTrainsThemNoFurther) {
  const std::vector<Stage> stages = play(clear_score);
  std::set<std::string> gone;
  for (const Stage& stage : stages) {
    for (const StageRecord::GivenUp& one : stage.record.given_up) {
      EXPECT_EQ(one.reason, "hardly-best");
      EXPECT_TRUE(gone.insert(one.candidate).second);
      EXPECT_EQ(one.n, stages[stage.record.number - 1].record.splits);
      EXPECT_TRUE(one.mean.has_value());
    }
    EXPECT_EQ(stage.record.living + gone.size(), 6U);
    for (const std::string& name : trained_in(job_, plan_, stage))
      EXPECT_FALSE(gone.contains(name));
  }
  EXPECT_THAT(gone, SizeIs(::testing::Ge(3U)));
  EXPECT_LT(stages.back().record.fits, 36U);
  EXPECT_EQ(stages.back().record.fits_at_most, stages.back().record.fits);
  EXPECT_EQ(stages.front().record.fits_at_most, 36U);
}

TEST_F(RaceRuleTest, KeepsAllThatAreAlike) {
  const std::vector<Stage> stages = play([](const Fit&) { return 0.5; });
  EXPECT_EQ(stages.back().record.living, 6U);
  EXPECT_EQ(stages.back().record.fits, 36U);
}

TEST_F(RaceRuleTest, IsDecidedByTheScoreThatTheJobNames) {
  FitResult result;
  result.held_out.auc = 0.7;
  result.held_out.acc = 0.6;
  EXPECT_EQ(rule_.score(0, result), 0.7);
  job_.experiments[0].sweep->race->by = RaceScore::task_acc;
  EXPECT_EQ(RaceRule(job_, plan_).score(0, result), 0.6);
}

/// Of six candidates the first three have a score on both splits so far, the others on none.
TEST_F(RaceRuleTest, ForeseesTheNextSplitsOfTheBest) {
  Stages stages(job_, plan_, rule_);
  const Stage first = stages.advance().front();
  for (const std::uint32_t index : first.fits) {
    const Fit& fit = plan_.fits[index];
    if (fit.candidate <= 3) stages.take(result_with(fit.id, 0.5 + 0.1 * fit.candidate));
  }
  EXPECT_TRUE(stages.advance().empty());
  const std::set<std::uint32_t> asked(first.fits.begin(), first.fits.end());
  std::vector<std::uint32_t> candidates;
  std::size_t of_first_chain = 0;
  for (const std::uint32_t index : stages.likely(100, [](const FitId&) { return false; })) {
    EXPECT_FALSE(asked.contains(index));
    if (plan_.fits[index].embedding != plan_.fits[first.fits[0]].embedding) continue;
    candidates.push_back(plan_.fits[index].candidate);
    ++of_first_chain;
  }
  EXPECT_EQ(of_first_chain, 8U + 4U) << "two splits of the best four, the last two of the best two";
  EXPECT_THAT(std::vector(candidates.begin(), candidates.begin() + 4), ElementsAre(3, 3, 2, 2));
  EXPECT_EQ(stages.likely(3, [](const FitId&) { return false; }).size(), 3U);
  EXPECT_THAT(stages.likely(3, [](const FitId&) { return true; }), IsEmpty());
}

TEST_F(RaceRuleTest, ForeseesNothingAtTheEnd) {
  Stages stages(job_, plan_, rule_);
  EXPECT_THAT(stages.likely(9, [](const FitId&) { return false; }), IsEmpty());
  for (std::vector<Stage> next = stages.advance(); !next.empty(); next = stages.advance())
    for (const Stage& stage : next)
      for (const std::uint32_t index : stage.fits)
        stages.take(result_with(plan_.fits[index].id, clear_score(plan_.fits[index])));
  EXPECT_THAT(stages.likely(9, [](const FitId&) { return false; }), IsEmpty());
}

/// Others were given up for one that does badly later: it goes on to the end, so that the
/// comparison which they lost still speaks of somebody who can be chosen.
TEST_F(RaceRuleTest, ALeaderForWhomOthersWentStays) {
  job_.splits.seeds = 10;
  job_.experiments[0].sweep->race->rungs = {6, 20};
  plan_ = testing::small_plan(job_);
  rule_ = RaceRule(job_, plan_);
  std::set<std::pair<SeedIndex, FoldIndex>> first;
  for (const sweep::SplitPosition& split : sweep::race_order(job_.seed, 10, 3))
    if (first.size() < 6) first.insert({split.seed, split.fold});
  const std::vector<Stage> stages = play([&](const Fit& fit) {
    const std::string& name = job_.experiments[fit.experiment].candidates[fit.candidate].name;
    if (name == "d[lambda.from=1]") return first.contains({fit.seed, fit.fold}) ? 0.9 : 0.7;
    return name == "d[lambda.from=2]" ? 0.8999 : 0.5;
  });
  ASSERT_EQ(stages.size(), 4U);
  EXPECT_EQ(stages[1].record.leader, "d[lambda.from=1]");
  EXPECT_TRUE(stages[1].record.leader_stays);
  EXPECT_EQ(stages[2].record.leader, "d[lambda.from=2]");
  EXPECT_THAT(trained_in(job_, plan_, stages[2]),
              ElementsAre("d[lambda.from=1]", "d[lambda.from=2]"));
}

TEST_F(RaceRuleTest, GreedyKeepsAThird) {
  job_.experiments[0].sweep->race->risk = std::nullopt;
  rule_ = RaceRule(job_, plan_);
  const std::vector<Stage> stages = play(clear_score);
  EXPECT_EQ(stages[1].record.living, 2U);
  EXPECT_EQ(stages[2].record.living, 1U);
  EXPECT_EQ(stages[1].record.given_up.front().reason, "below-best-third");
}

}  // namespace
}  // namespace crossfold
