#include "crossfold/plan/stages.h"

#include <algorithm>
#include <random>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/expect_error.h"
#include "plan/racing_study.h"
#include "plan/random_rule.h"
#include "plan/sample_result.h"

namespace crossfold {
namespace {

using testing::failed_result;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::make_random_rule;
using testing::racing_job;
using testing::result_with;

/// What a fit comes to, whoever trains it.
double score_of(const FitId& id) { return id.bytes[0] / 256.0; }

class StagesTest : public ::testing::Test {
 protected:
  [[nodiscard]] Stages stages() { return {job_, plan_, *rule_}; }

  [[nodiscard]] std::vector<FitId> ids_of(const std::vector<Stage>& stages) const {
    std::set<FitId> ids;
    for (const Stage& stage : stages)
      for (const std::uint32_t fit : stage.fits) ids.insert(plan_.fits[fit].id);
    return {ids.begin(), ids.end()};
  }

  /// Trains what stages ask for, in an order of its own, until nothing is left to decide.
  std::vector<Stage> play(Stages& stages, unsigned order) const {
    std::mt19937 random(order);
    std::vector<FitId> waiting = ids_of(stages.advance());
    while (!waiting.empty()) {
      std::shuffle(waiting.begin(), waiting.end(), random);
      const FitId id = waiting.back();
      waiting.pop_back();
      stages.take(result_with(id, score_of(id)));
      const std::vector<FitId> more = ids_of(stages.advance());
      waiting.insert(waiting.end(), more.begin(), more.end());
    }
    EXPECT_TRUE(stages.complete());
    return stages.decided();
  }

  static std::vector<StageRecord> records(const std::vector<Stage>& stages) {
    std::vector<StageRecord> found;
    for (const Stage& stage : stages) found.push_back(stage.record);
    return found;
  }

  Job job_ = racing_job();
  Plan plan_ = testing::small_plan(job_);
  std::unique_ptr<StageRule> rule_ = make_random_rule(job_, plan_);
};

TEST_F(StagesTest, ChainsAreTheDrawnCandidatesOfEachEmbeddingSet) {
  ASSERT_EQ(plan_.chains.size(), 2U);
  for (std::uint32_t z = 0; z < 2; ++z) {
    EXPECT_EQ(plan_.chains[z].embedding, z);
    EXPECT_EQ(plan_.chains[z].fits.size(), 36U);
    for (const std::uint32_t fit : plan_.chains[z].fits) {
      EXPECT_EQ(plan_.fits[fit].embedding, z);
      EXPECT_GT(plan_.fits[fit].candidate, 0U) << "the baseline does not race";
    }
  }
  EXPECT_TRUE(testing::small_plan().chains.empty());
}

TEST_F(StagesTest, DoNotDependOnTheOrderInWhichFitsEnd) {
  Stages first = stages();
  const std::vector<Stage> expected = play(first, 0);
  EXPECT_GT(expected.size(), 4U);
  for (unsigned order = 1; order < 20; ++order) {
    Stages again = stages();
    EXPECT_EQ(records(play(again, order)), records(expected));
  }
}

TEST_F(StagesTest, DependOnEveryScore) {
  Stages first = stages();
  const std::vector<StageRecord> expected = records(play(first, 0));
  Stages other = stages();
  const FitId changed = plan_.fits[other.advance().front().fits.front()].id;
  other.take(result_with(changed, score_of(changed) + 1e-12));
  for (const FitId& id : ids_of(other.decided()))
    if (id != changed) other.take(result_with(id, score_of(id)));
  static_cast<void>(other.advance());
  const std::vector<StageRecord> found = records(other.decided());
  const auto second = [](const std::vector<StageRecord>& all) {
    return std::find_if(all.begin(), all.end(), [](const StageRecord& r) { return r.number == 1; });
  };
  EXPECT_NE(second(found)->inputs_sha256, second(expected)->inputs_sha256);
}

TEST_F(StagesTest, WaitUntilAllFitsAreRecorded) {
  Stages staged = stages();
  const std::vector<Stage> first = staged.advance();
  ASSERT_EQ(first.size(), 2U) << "one for each chain";
  const std::vector<FitId> ids = ids_of({first.front()});
  for (std::size_t i = 0; i + 1 < ids.size(); ++i) {
    staged.take(result_with(ids[i], score_of(ids[i])));
    EXPECT_THAT(staged.advance(), IsEmpty());
  }
  staged.take(result_with(ids.back(), score_of(ids.back())));
  const std::vector<Stage> next = staged.advance();
  ASSERT_EQ(next.size(), 1U);
  EXPECT_EQ(next[0].record.number, 1U);
  EXPECT_EQ(next[0].record.experiment, "task");
  EXPECT_EQ(next[0].record.embedding, "texture/raw");
  EXPECT_EQ(next[0].record.fits_of_all, 36U);
  EXPECT_GE(next[0].record.fits, ids.size());
}

TEST_F(StagesTest, GoOnFromWhatTheJournalTells) {
  Stages whole = stages();
  const std::vector<Stage> expected = play(whole, 0);
  Stages again = stages();
  for (const Stage& stage : expected) again.expect(stage.record);
  const std::vector<Stage> found = play(again, 1);
  EXPECT_EQ(records(found), records(expected));
  for (const Stage& stage : found) EXPECT_TRUE(stage.was_expected);
  for (const Stage& stage : expected) EXPECT_FALSE(stage.was_expected);
}

TEST_F(StagesTest, RefuseAJournalThatDecidedOtherwise) {
  Stages whole = stages();
  std::vector<Stage> decided = play(whole, 0);
  Stages again = stages();
  const auto second = std::find_if(decided.begin(), decided.end(),
                                   [](const Stage& stage) { return stage.record.number == 1; });
  second->record.living += 1;
  again.expect(second->record);
  expect_error(ErrorCode::bad_input,
               "tells of stage 1 of experiment 'task' on texture/raw otherwise than the results in "
               "it say (candidates that go on: " +
                   std::to_string(second->record.living) + " and not " +
                   std::to_string(second->record.living - 1) +
                   "). the journal was changed, or another version of the program decided: restore "
                   "the journal from a copy, or start again in another directory",
               [&] { play(again, 0); });
}

TEST_F(StagesTest, RefuseStagesOfAnotherRun) {
  Stages staged = stages();
  StageRecord record = staged.advance().front().record;
  Stages again = stages();
  again.expect(record);
  EXPECT_NO_THROW(again.expect(record));
  record.splits += 1;
  expect_error(ErrorCode::bad_input,
               "tells of stage 0 of experiment 'task' on texture/raw twice and differently (lines "
               "of another run were added). restore the journal from a copy, or let `crossfold run "
               "--salvage` decide anew",
               [&] { again.expect(record); });
  record.experiment = "other";
  expect_error(
      ErrorCode::bad_input,
      "tells of stage 0 of experiment 'other' on texture/raw, which this run does not have "
      "(lines of another run were added). restore the journal from a copy, or let "
      "`crossfold run --salvage` leave them out",
      [&] { again.expect(record); });
}

/// Trained again because its artefacts were lost, by another class of machine: its last digits
/// differ, and the decision stands.
TEST_F(StagesTest, RestOnTheFirstSuccess) {
  Stages staged = stages();
  const std::vector<FitId> ids = ids_of({staged.advance().front()});
  for (const FitId& id : ids) staged.take(result_with(id, score_of(id)));
  staged.take(result_with(ids[0], score_of(ids[0]) + 1e-9));
  Stages plain = stages();
  static_cast<void>(plain.advance());
  for (const FitId& id : ids) plain.take(result_with(id, score_of(id)));
  EXPECT_EQ(records(staged.advance()), records(plain.advance()));
}

/// A fit that failed then is not waited for, one that has not been tried again since is.
TEST_F(StagesTest, WaitForFitsThatAreTriedAgain) {
  Stages staged = stages();
  const std::vector<FitId> ids = ids_of({staged.advance().front()});
  for (std::size_t i = 1; i < ids.size(); ++i) staged.take(result_with(ids[i], score_of(ids[i])));
  EXPECT_THAT(staged.advance(), IsEmpty()) << "nobody knows what became of the first fit";
  staged.take(failed_result(ids[0]));
  const StageRecord decided = staged.advance().at(0).record;

  Stages resumed = stages();  // failures of earlier sessions are not told
  resumed.expect(decided);
  for (std::size_t i = 1; i < ids.size(); ++i) resumed.take(result_with(ids[i], score_of(ids[i])));
  const std::vector<Stage> again = resumed.advance();
  EXPECT_TRUE(std::any_of(again.begin(), again.end(),
                          [&](const Stage& stage) { return stage.record == decided; }));
}

/// The failure counted as an undefined score; that a later try succeeds changes no decision.
TEST_F(StagesTest, HoldWhenAFailedFitSucceedsLater) {
  Stages staged = stages();
  const std::vector<FitId> ids = ids_of({staged.advance().front()});
  staged.take(failed_result(ids[0]));
  for (std::size_t i = 1; i < ids.size(); ++i) staged.take(result_with(ids[i], score_of(ids[i])));
  const StageRecord decided = staged.advance().at(0).record;
  EXPECT_EQ(decided.failed, std::vector<FitId>{ids[0]});

  Stages later = stages();
  later.expect(decided);
  for (const FitId& id : ids) later.take(result_with(id, score_of(id)));
  std::vector<Stage> repeated = later.advance();
  std::erase_if(repeated, [](const Stage& stage) { return stage.record.number == 0; });
  ASSERT_EQ(repeated.size(), 1U);
  EXPECT_EQ(repeated[0].record, decided);

  Stages forgetful = stages();
  for (const FitId& id : ids) forgetful.take(result_with(id, score_of(id)));
  std::vector<Stage> other = forgetful.advance();
  std::erase_if(other, [](const Stage& stage) { return stage.record.number == 0; });
  EXPECT_NE(other.at(0).record.inputs_sha256, decided.inputs_sha256);
}

TEST_F(StagesTest, LeaveOutOfTheTrainingWhatNoStageAsksFor) {
  Stages staged = stages();
  const std::vector<Stage> first = staged.advance();
  const auto nothing_done = [](const FitId&) { return false; };
  const std::vector<bool> to_train = fits_to_train(job_, plan_, first, nothing_done);
  std::size_t of_chains = 0;
  for (const Stage& stage : first) of_chains += stage.fits.size();
  EXPECT_EQ(static_cast<std::size_t>(std::count(to_train.begin(), to_train.end(), true)),
            plan_.fits.size() - 72 + of_chains);
  EXPECT_EQ(fits_at_most(job_, plan_, first, nothing_done), plan_.fits.size());
}

/// What was given up is trained no more, but what is done of it counts.
TEST_F(StagesTest, LeaveOutOfTheTrainingWhatWasGivenUp) {
  Stages staged = stages();
  std::vector<Stage> first = staged.advance();
  const Fit& fit = plan_.fits[first[0].fits[0]];
  first[0].record.given_up.push_back(
      {.candidate = job_.experiments[fit.experiment].candidates[fit.candidate].name,
       .reason = "hardly-best",
       .n = 1,
       .mean = 0.5});
  const std::size_t index = first[0].fits[0];
  EXPECT_FALSE(fits_to_train(job_, plan_, first, [](const FitId&) { return false; })[index]);
  EXPECT_TRUE(
      fits_to_train(job_, plan_, first, [&](const FitId& id) { return id == fit.id; })[index]);
  EXPECT_LT(fits_at_most(job_, plan_, first, [](const FitId&) { return false; }),
            plan_.fits.size());
}

TEST_F(StagesTest, AreNoneWithoutARace) {
  Job job = testing::small_job();
  Plan plan = testing::small_plan(job);
  const std::unique_ptr<StageRule> rule = make_stage_rule(job, plan);
  Stages none(job, plan, *rule);
  EXPECT_THAT(none.advance(), IsEmpty());
  EXPECT_TRUE(none.complete());
  const std::vector<bool> to_train =
      fits_to_train(job, plan, {}, [](const FitId&) { return false; });
  EXPECT_EQ(std::count(to_train.begin(), to_train.end(), false), 0);
}

}  // namespace
}  // namespace crossfold
