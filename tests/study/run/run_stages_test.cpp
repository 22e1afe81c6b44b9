#include <algorithm>
#include <atomic>
#include <fstream>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/results/run_records.h"
#include "crossfold/study/run_study.h"

#include "core/expect_error.h"
#include "plan/random_rule.h"
#include "study/small_study.h"

namespace crossfold {
namespace {

using test::SmallStudy;
using ::testing::HasSubstr;
using testing::make_random_rule;

/// The stage lines of a journal, in an order that does not hang on which race was faster.
std::vector<std::string> stage_lines(const std::filesystem::path& run) {
  std::vector<std::string> lines;
  std::ifstream journal(run / "journal.jsonl");
  for (std::string line; std::getline(journal, line);)
    if (line.find("\"kind\":\"stage\"") != std::string::npos) lines.push_back(line);
  std::sort(lines.begin(), lines.end());
  return lines;
}

/// Asks for a stop whenever a decision is asked for that no earlier run has asked for: however fast
/// the run is, it is stopped between all of its stages.
class StoppingRule final : public StageRule {
 public:
  using Asked = std::set<std::pair<std::uint32_t, std::size_t>>;  ///< chains and stages before

  StoppingRule(std::unique_ptr<StageRule> rule, Asked& asked, std::atomic<bool>& stop)
      : rule_(std::move(rule)), asked_(&asked), stop_(&stop) {}

  std::optional<double> score(std::uint32_t chain, const FitResult& result) const override {
    return rule_->score(chain, result);
  }
  Stage next(std::uint32_t chain, std::span<const Stage> before,
             const ChainScores& scores) const override {
    if (asked_->emplace(chain, before.size()).second && !before.empty()) *stop_ = true;
    return rule_->next(chain, before, scores);
  }
  std::vector<std::uint32_t> likely(std::uint32_t chain, std::span<const Stage> before,
                                    const ChainScores& scores) const override {
    return rule_->likely(chain, before, scores);
  }

 private:
  std::unique_ptr<StageRule> rule_;
  Asked* asked_;
  std::atomic<bool>* stop_;
};

class RunStages : public ::testing::Test {
 protected:
  RunStages() {
    small_.write("job.json", R"({
      "name": "small race", "store": "s.h5", "seed": 5, "embeddings": "synth/shortcut",
      "experiments": [
        {"name": "one", "evaluate": ["in", "oos"], "probe": "domain", "candidates": [
           {"kind": "disentangled", "name": "d",
            "lambda": {"schedule": "constant", "from": {"log": [0.1, 10]}}}],
         "sweep": {"candidates": 8, "race": {"rungs": [2, 4]}, "select": ["validation", "held-out", "oracle"]}},
        {"name": "two", "candidates": [
           {"kind": "disentangled", "name": "d",
            "lambda": {"schedule": "constant", "from": {"log": [0.1, 10]}},
            "training": {"learning_rate": {"log": [0.001, 0.01]}}}],
         "sweep": {"candidates": 6, "race": {"rungs": [2, 4]}}}],
      "splits": {"folds": 3, "seeds": 2},
      "training": {"epochs": 2, "batch": 32}})");
  }

  int run(const std::string& name, std::uint32_t workers,
          StageRuleFactory rule = make_random_rule) {
    RunSettings settings{
        .directory = small_.file(name), .workers = workers, .pinning = Pinning::off};
    settings.stage_rule = std::move(rule);
    mpi::Session session(fleet::Launch::alone);
    return run_study(session, fleet::Launch::alone, {.value = small_.load(), .failure = nullptr},
                     settings, control_);
  }

  /// Runs until all is done, stopped at every decision on the way; how many runs it took.
  std::size_t run_with_stops(const std::string& name, const StageRuleFactory& rule) {
    StoppingRule::Asked asked;
    const StageRuleFactory stopping = [&](const Job& job, const Plan& plan) {
      return std::make_unique<StoppingRule>(rule(job, plan), asked, stop_);
    };
    for (std::size_t runs = 1; runs < 100; ++runs) {
      stop_ = false;
      const int code = run(name, 2, stopping);
      if (code == exit_code(ErrorCode::stopped)) continue;
      EXPECT_EQ(code, 0);
      return runs;
    }
    ADD_FAILURE() << "does not come to an end";
    return 0;
  }

  [[nodiscard]] RunRecords records(const std::string& name) const {
    return load_run(small_.file(name), make_random_rule);
  }

  SmallStudy small_;
  std::atomic<bool> stop_ = false;
  RunControl control_{.stop = &stop_};
};

TEST_F(RunStages, TrainWhatTheStagesAskForAndNothingElse) {
  ASSERT_EQ(run("a.run", 2), 0);
  const RunRecords found = records("a.run");
  EXPECT_FALSE(found.more_stages);
  for (std::size_t i = 0; i < found.plan.fits.size(); ++i)
    EXPECT_EQ(found.find(found.plan.fits[i].id) != nullptr, found.is_to_train(i));
  EXPECT_GT(std::count(found.to_train.begin(), found.to_train.end(), false), 0);
  EXPECT_TRUE(std::filesystem::exists(small_.file("a.run") / "results.h5"));
}

TEST_F(RunStages, AreTheSameForAnyNumberOfWorkers) {
  ASSERT_EQ(run("a.run", 1), 0);
  for (const std::uint32_t workers : {2U, 4U}) {
    const std::string name = std::to_string(workers) + ".run";
    ASSERT_EQ(run(name, workers), 0);
    EXPECT_EQ(stage_lines(small_.file(name)), stage_lines(small_.file("a.run")));
    EXPECT_EQ(records(name).results.size(), records("a.run").results.size());
  }
  EXPECT_GT(stage_lines(small_.file("a.run")).size(), 4U);
}

/// Stopped again and again at another place.
TEST_F(RunStages, AreTheSameAfterAnyNumberOfStops) {
  ASSERT_EQ(run("a.run", 2), 0);
  EXPECT_GE(run_with_stops("b.run", make_random_rule), 3U);
  EXPECT_EQ(stage_lines(small_.file("b.run")), stage_lines(small_.file("a.run")));
}

TEST_F(RunStages, OfAnotherRuleAreRefused) {
  ASSERT_EQ(run("a.run", 2), 0);
  try {
    run("a.run", 2, make_stage_rule);
    FAIL() << "a journal of other decisions was continued";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::bad_input);
    EXPECT_THAT(error.what(), HasSubstr("journal.jsonl: tells of stage 0 of experiment 'one'"));
  }
}

TEST_F(RunStages, RaceByTheRuleOfTheJob) {
  ASSERT_EQ(run("a.run", 2, make_stage_rule), 0);
  const RunRecords found = load_run(small_.file("a.run"));
  ASSERT_GE(found.stages.size(), 6U);
  for (const Stage& stage : found.stages) {
    EXPECT_GE(stage.record.living, 1U);
    EXPECT_LE(stage.record.fits, stage.record.fits_at_most);
    EXPECT_LE(stage.record.fits_at_most, stage.record.fits_of_all);
  }
}

class RunGenerations : public RunStages {
 protected:
  RunGenerations() {
    small_.write("job.json", R"({
      "name": "small search", "store": "s.h5", "seed": 5, "embeddings": "synth/shortcut",
      "experiments": [
        {"name": "one", "evaluate": ["in", "oos"], "probe": "domain", "candidates": [
           {"kind": "disentangled", "name": "d", "lambda": {"choice": [
              {"schedule": "constant", "from": {"log": [0.1, 10]}},
              {"schedule": "linear", "from": {"log": [1, 10]}, "to": {"uniform": [0, 1]}}]}}],
         "sweep": {"sampler": "tpe", "generation": 4, "candidates": 10,
                   "select": ["validation", "held-out", "oracle"]}},
        {"name": "two", "candidates": [
           {"kind": "linear", "name": "c", "c": {"log": [0.01, 10]}}],
         "sweep": {"sampler": "tpe", "generation": 3, "candidates": 5, "by": "task_acc"}}],
      "splits": {"folds": 3, "seeds": 2},
      "training": {"epochs": 2, "batch": 32}})");
  }
};

TEST_F(RunGenerations, TrainEveryCandidateThatWasDrawn) {
  ASSERT_EQ(run("a.run", 2, make_stage_rule), 0);
  const RunRecords found = load_run(small_.file("a.run"));
  EXPECT_FALSE(found.more_stages);
  ASSERT_EQ(found.stages.size(), 7U) << "4, 4 and 2 candidates and an end; 3, 2 and an end";
  EXPECT_EQ(drawn_candidates(found.job.experiments[0]), 10U);
  EXPECT_EQ(drawn_candidates(found.job.experiments[1]), 5U);
  EXPECT_EQ(found.plan.fits.size(), (10 + 2 + 5 + 2) * 6U) << "with two references each";
  for (std::size_t i = 0; i < found.plan.fits.size(); ++i) {
    EXPECT_NE(found.find(found.plan.fits[i].id), nullptr);
    EXPECT_TRUE(found.is_to_train(i));
  }
  EXPECT_TRUE(std::is_sorted(
      found.plan.fits.begin(), found.plan.fits.end(), [](const Fit& a, const Fit& b) {
        return std::pair(a.experiment, a.candidate) < std::pair(b.experiment, b.candidate);
      }));
  EXPECT_TRUE(std::filesystem::exists(small_.file("a.run") / "results.h5"));
  ASSERT_EQ(run("a.run", 2, make_stage_rule), 0) << "nothing is left";
}

TEST_F(RunGenerations, AreTheSameForAnyNumberOfWorkers) {
  ASSERT_EQ(run("a.run", 1, make_stage_rule), 0);
  for (const std::uint32_t workers : {2U, 4U}) {
    const std::string name = std::to_string(workers) + ".run";
    ASSERT_EQ(run(name, workers, make_stage_rule), 0);
    EXPECT_EQ(stage_lines(small_.file(name)), stage_lines(small_.file("a.run")));
  }
}

TEST_F(RunGenerations, AreTheSameAfterAnyNumberOfStops) {
  ASSERT_EQ(run("a.run", 2, make_stage_rule), 0);
  EXPECT_GE(run_with_stops("b.run", make_stage_rule), 3U);
  EXPECT_EQ(stage_lines(small_.file("b.run")), stage_lines(small_.file("a.run")));
}

TEST_F(RunGenerations, CannotBeSharded) {
  RunSettings settings{.directory = small_.file("a.run"), .workers = 2, .pinning = Pinning::off};
  settings.shard = ShardNumber{.index = 1, .of = 2};
  mpi::Session session(fleet::Launch::alone);
  expect_error(ErrorCode::bad_input,
               "--shard: cannot be divided: experiment 'one' draws its candidates in generations "
               "(each learns from all results before). run it without --shard on more ranks, or "
               "take another sampler",
               [&] {
                 static_cast<void>(run_study(session, fleet::Launch::alone,
                                             {.value = small_.load(), .failure = nullptr}, settings,
                                             control_));
               });
}

TEST_F(RunStages, CannotBeSharded) {
  RunSettings settings{.directory = small_.file("a.run"), .workers = 2, .pinning = Pinning::off};
  settings.shard = ShardNumber{.index = 1, .of = 2};
  mpi::Session session(fleet::Launch::alone);
  expect_error(ErrorCode::bad_input,
               "--shard: cannot be divided: experiment 'one' races (each rung needs the results of "
               "all candidates). run it without --shard on more ranks, or take 'race' out of its "
               "sweep",
               [&] {
                 static_cast<void>(run_study(session, fleet::Launch::alone,
                                             {.value = small_.load(), .failure = nullptr}, settings,
                                             control_));
               });
  EXPECT_FALSE(std::filesystem::exists(small_.file("a.run")));
}

}  // namespace
}  // namespace crossfold
