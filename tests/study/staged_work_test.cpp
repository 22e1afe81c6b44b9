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
