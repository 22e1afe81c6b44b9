#include "staged_work.h"

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "crossfold/plan/fit_spec.h"

#include "plan/racing_study.h"
#include "plan/random_rule.h"

namespace crossfold {
namespace {

using testing::racing_job;
using testing::result_with;

double score_of(const FitId& id) { return id.bytes[0] / 256.0; }

/// What came of a run that was played.
struct Played {
  std::vector<StageRecord> stages;  ///< that were told, by chain and number
  std::map<FitId, int> trained;     ///< how often
  std::unordered_set<FitId> done;
  std::size_t ahead = 0;  ///< fits given out that no stage had asked for, at most at a time
  bool complete = false;
};

class StagedWorkTest : public ::testing::Test {
 protected:
  /// Trains until nothing is left, or `most` fits; some at a time, in an order of its own.
  void play(Played& played, unsigned order, std::size_t most = 10'000) {
    std::mt19937 random(order);
    Stages stages(job_, plan_, *rule_);
    for (const StageRecord& record : played.stages) stages.expect(record);
    for (const FitId& id : played.done) stages.take(result_with(id, score_of(id)));
    const auto tell = [&](const Stage& stage) {
      if (!stage.was_expected) played.stages.push_back(stage.record);
    };
    for (const Stage& stage : stages.advance()) tell(stage);
    StagedWork work(job_, plan_, stages, played.done);
    work.on_stage = tell;
    work.share_among(1 + order % 4);
    std::vector<FitId> waiting;
    fleet::Supply supply = fleet::Supply::open;
    std::size_t trained = 0;
    while (trained < most) {
      if (supply == fleet::Supply::open ||
          (supply == fleet::Supply::waiting && random() % 2 == 0)) {
        fleet::SuppliedWork supplied = work.next();
        supply = supplied.then;
        played.ahead = std::max(played.ahead, work.ahead().size());
        for (const fleet::WorkItem& item : supplied.items)
          for (const FitSpec& fit : decode_fits(item.bytes)) waiting.push_back(fit.id);
      }
      if (waiting.empty() && supply == fleet::Supply::complete) break;
      if (waiting.empty()) continue;
      std::shuffle(waiting.begin(), waiting.end(), random);
      std::vector<FitResult> results;
      for (std::size_t n = 1 + random() % 5; n > 0 && !waiting.empty(); --n) {
        const FitId id = waiting.back();
        waiting.pop_back();
        ++played.trained[id];
        played.done.insert(id);
        results.push_back(result_with(id, score_of(id)));
        ++trained;
      }
      work.recorded(std::move(results));
    }
    played.complete = stages.complete() && waiting.empty();
    EXPECT_GE(work.fits(), trained);
  }

  static std::vector<StageRecord> sorted(std::vector<StageRecord> stages) {
    std::sort(stages.begin(), stages.end(), [](const StageRecord& a, const StageRecord& b) {
      return std::tie(a.embedding, a.number) < std::tie(b.embedding, b.number);
    });
    return stages;
  }

  Job job_ = racing_job();
  Plan plan_ = testing::small_plan(job_);
  std::unique_ptr<StageRule> rule_ = testing::make_random_rule(job_, plan_);
};

TEST_F(StagedWorkTest, ComesToTheSameStagesAndFitsInAnyOrder) {
  Played expected;
  play(expected, 0);
  EXPECT_TRUE(expected.complete);
  EXPECT_GT(expected.stages.size(), 4U);
  for (unsigned order = 1; order < 30; ++order) {
    Played again;
    play(again, order);
    EXPECT_TRUE(again.complete);
    EXPECT_EQ(sorted(again.stages), sorted(expected.stages));
    EXPECT_EQ(again.trained, expected.trained);
  }
  for (const auto& [id, times] : expected.trained) EXPECT_EQ(times, 1);
}

/// Killed again and again; what is recorded is kept.
TEST_F(StagedWorkTest, GoesOnWhereItWasKilled) {
  Played expected;
  play(expected, 0);
  for (unsigned order = 1; order < 20; ++order) {
    Played cut;
    for (unsigned kill = 0; kill < 100 && !cut.complete; ++kill)
      play(cut, order * 100 + kill, 1 + (order * 7 + kill * 13) % 20);
    EXPECT_TRUE(cut.complete);
    EXPECT_EQ(sorted(cut.stages), sorted(expected.stages));
    EXPECT_EQ(cut.done, expected.done);
    for (const auto& [id, times] : cut.trained) EXPECT_EQ(times, 1);
  }
}

/// With the rule of races, which foresees what later rungs ask for.
TEST_F(StagedWorkTest, TrainsAheadWithoutChangingAStage) {
  job_ = racing_job(12);
  plan_ = testing::small_plan(job_);
  rule_ = make_stage_rule(job_, plan_);
  Played expected;
  play(expected, 0);  // one worker, which never waits
  EXPECT_EQ(expected.ahead, 0U);
  std::size_t ahead = 0;
  for (unsigned order = 1; order < 40; ++order) {
    Played again;
    play(again, order);
    EXPECT_TRUE(again.complete);
    EXPECT_EQ(sorted(again.stages), sorted(expected.stages));
    for (const auto& [id, times] : again.trained) EXPECT_EQ(times, 1);
    for (const FitId& id : expected.done) EXPECT_TRUE(again.done.contains(id));
    ahead = std::max(ahead, again.ahead);
  }
  EXPECT_GT(ahead, 0U);
}

TEST_F(StagedWorkTest, TrainsAheadAndIsKilled) {
  job_ = racing_job(12);
  plan_ = testing::small_plan(job_);
  rule_ = make_stage_rule(job_, plan_);
  Played expected;
  play(expected, 0);
  for (unsigned order = 1; order < 20; ++order) {
    Played cut;
    for (unsigned kill = 0; kill < 100 && !cut.complete; ++kill)
      play(cut, order * 100 + kill, 1 + (order * 7 + kill * 13) % 20);
    EXPECT_TRUE(cut.complete);
    EXPECT_EQ(sorted(cut.stages), sorted(expected.stages));
    for (const auto& [id, times] : cut.trained) EXPECT_EQ(times, 1);
  }
}

TEST_F(StagedWorkTest, KeepsIdleWorkersBusyAndNoMore) {
  job_ = racing_job(12);
  job_.embeddings.resize(1);
  plan_ = testing::small_plan(job_);
  rule_ = make_stage_rule(job_, plan_);
  Stages stages(job_, plan_, *rule_);
  static_cast<void>(stages.advance());
  StagedWork work(job_, plan_, stages, {});
  work.share_among(4);
  std::vector<FitSpec> given;
  const auto ask = [&] {
    fleet::Supply then = fleet::Supply::open;
    while (then == fleet::Supply::open) {
      const fleet::SuppliedWork supplied = work.next();
      then = supplied.then;
      for (const fleet::WorkItem& item : supplied.items)
        for (const FitSpec& fit : decode_fits(item.bytes)) given.push_back(fit);
    }
  };
  ask();
  const std::size_t of_stages = given.size();
  EXPECT_TRUE(work.ahead().empty());
  std::vector<FitResult> results;
  std::size_t left = 3;  // workers that are at the last fits of the stage
  for (const FitSpec& fit : given)
    if (left > 0 && kind_of(fit.candidate) == CandidateKind::disentangled)
      --left;
    else
      results.push_back(result_with(fit.id, score_of(fit.id)));
  work.recorded(results);
  ask();
  EXPECT_EQ(given.size(), of_stages + 1);
  EXPECT_EQ(work.ahead().size(), 1U);
  ask();
  EXPECT_EQ(given.size(), of_stages + 1) << "all four have something to do";
}

TEST_F(StagedWorkTest, NeedsTheSetsOfLaterStagesToo) {
  Stages stages(job_, plan_, *rule_);
  std::unordered_set<FitId> all;
  for (const Fit& fit : plan_.fits) all.insert(fit.id);
  StagedWork work(job_, plan_, stages, all);
  EXPECT_EQ(work.fits(), 0U);
  EXPECT_EQ(work.embeddings(), (std::vector<bool>{true, true}));
}

TEST_F(StagedWorkTest, IsThePlanWhereNothingRaces) {
  Job job = testing::small_job();
  Plan plan = testing::small_plan(job);
  const std::unique_ptr<StageRule> rule = make_stage_rule(job, plan);
  Stages stages(job, plan, *rule);
  StagedWork work(job, plan, stages, {});
  EXPECT_EQ(work.fits(), plan.fits.size());
  EXPECT_EQ(work.next().then, fleet::Supply::complete);
}

}  // namespace
}  // namespace crossfold
