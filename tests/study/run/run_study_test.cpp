#include "crossfold/study/run_study.h"

#include <atomic>
#include <cstdint>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/core/files.h"
#include "crossfold/core/log.h"
#include "crossfold/results/run_records.h"
#include "crossfold/solve/instruction_set.h"
#include "crossfold/study/merge_run.h"
#include "crossfold/study/shard_share.h"

#include "core/expect_error.h"
#include "study/small_study.h"

namespace crossfold {
namespace {

using test::SmallStudy;
using testing::HasSubstr;
using testing::IsEmpty;

/// What a run shows of itself, and the flag that stops it.
struct Watched {
  std::atomic<bool> stop = false;
  std::vector<ProgressState> states;
  std::vector<std::string> errors;
  RunControl control;

  Watched() {
    control.stop = &stop;
    control.progress = [this](const ProgressState& state) { states.push_back(state); };
    control.tell = [this](const std::string& text) { errors.push_back(text); };
  }
};

class RunStudy : public testing::Test {
 protected:
  int run(const RunSettings& settings) { return run(settings, small_.load()); }
  int run(const RunSettings& settings, Study study) {
    mpi::Session session(fleet::Launch::alone);
    return run_study(session, fleet::Launch::alone, {.value = std::move(study), .failure = nullptr},
                     settings, watched_.control);
  }
  [[nodiscard]] RunSettings settings(const std::string& name) const {
    return {.directory = small_.file(name), .workers = 2, .pinning = Pinning::off};
  }
  [[nodiscard]] std::size_t recorded(const std::string& name) const {
    return load_run(small_.file(name)).results.size();
  }

  SmallStudy small_;
  Watched watched_;
};

TEST_F(RunStudy, TrainsAllAndShowsHowFarItIs) {
  EXPECT_EQ(run(settings("a.run")), 0);
  EXPECT_EQ(recorded("a.run"), 18U);
  EXPECT_TRUE(std::filesystem::exists(small_.file("a.run") / "results.h5"));
  ASSERT_FALSE(watched_.states.empty());
  std::size_t before = 0;
  for (const ProgressState& state : watched_.states) {
    EXPECT_EQ(state.of, 18U);
    EXPECT_GE(state.done, before);
    EXPECT_LE(state.done, 18U);
    EXPECT_EQ(state.failed, 0U);
    before = state.done;
  }
  EXPECT_THAT(watched_.errors, IsEmpty());
}

TEST_F(RunStudy, DoesNothingTwice) {
  ASSERT_EQ(run(settings("a.run")), 0);
  const std::string journal = test::bytes_of(small_.file("a.run") / "journal.jsonl");
  watched_.states.clear();
  EXPECT_EQ(run(settings("a.run")), 0);
  EXPECT_EQ(recorded("a.run"), 18U);
  for (const ProgressState& state : watched_.states) EXPECT_EQ(state.fresh, 0U);
  EXPECT_EQ(test::bytes_of(small_.file("a.run") / "journal.jsonl").substr(0, journal.size()),
            journal);
}

TEST_F(RunStudy, StopsWhereItIsToldToAndGoesOnLater) {
  watched_.stop = true;
  EXPECT_EQ(run(settings("a.run")), exit_code(ErrorCode::stopped));
  EXPECT_LT(recorded("a.run"), 18U);
  EXPECT_FALSE(std::filesystem::exists(small_.file("a.run") / "results.h5"));
  watched_.stop = false;
  EXPECT_EQ(run(settings("a.run")), 0);
  EXPECT_EQ(recorded("a.run"), 18U);
}

/// No rank waits by then, so that MPI can end in order: told, and an exit code.
TEST_F(RunStudy, TellsWhatFailsAfterTheLastFit) {
  watched_.control.progress = [&](const ProgressState&) {
    std::filesystem::create_directory(small_.file("a.run") / "results.h5");
  };
  EXPECT_EQ(run(settings("a.run")), exit_code(ErrorCode::io));
  ASSERT_EQ(watched_.errors.size(), 1U);
  EXPECT_THAT(watched_.errors[0], HasSubstr("results.h5"));
  EXPECT_EQ(recorded("a.run"), 18U);
}

TEST_F(RunStudy, ThrowsWhatFailedBeforeItBegan) {
  mpi::Session session(fleet::Launch::alone);
  ReadEarly<Study> nothing{
      .value = std::nullopt,
      .failure = std::make_exception_ptr(Error(ErrorCode::bad_input, "no such job"))};
  EXPECT_THROW((void)run_study(session, fleet::Launch::alone, std::move(nothing), settings("a.run"),
                               watched_.control),
               Error);
  EXPECT_FALSE(std::filesystem::exists(small_.file("a.run")));
}

TEST_F(RunStudy, ShardsAreSharesThatMergeToTheWhole) {
  ASSERT_EQ(run(settings("whole.run")), 0);
  for (const std::uint32_t index : {1U, 2U}) {
    RunSettings share = settings("a.run");
    share.shard = ShardNumber{.index = index, .of = 2};
    EXPECT_EQ(run(share), 0);
  }
  EXPECT_EQ(merge_run(small_.load(), small_.file("a.run"), {}), 0);
  EXPECT_EQ(recorded("a.run"), 18U);
}

/// Each shard takes its own share of the other run over and nothing else, however many there are.
TEST_F(RunStudy, ShardsTakeTheirShareOfAnotherRunOver) {
  ASSERT_EQ(run(settings("other.run")), 0);
  const RunRecords other = load_run(small_.file("other.run"));
  for (const std::uint32_t of : {2U, 3U}) {
    const std::string name = "a" + std::to_string(of) + ".run";
    for (std::uint32_t index = 1; index <= of; ++index) {
      SCOPED_TRACE(std::to_string(index) + " of " + std::to_string(of));
      const ShardNumber shard{.index = index, .of = of};
      RunSettings share = settings(name);
      share.shard = shard;
      Study warm =
          load_study({.job = small_.file("job.json"), .warm_start = small_.file("other.run")});
      const std::unordered_set<FitId> expected = fits_of_shard(warm.plan, shard);
      EXPECT_EQ(run(share, std::move(warm)), 0);
      const RunRecords records = load_run(shard_directory(small_.file(name), shard));
      EXPECT_EQ(records.results.size(), expected.size());
      for (const auto& [id, result] : records.results) {
        EXPECT_TRUE(expected.contains(id));
        EXPECT_EQ(result.seconds, other.results.at(id).seconds) << "it is that of the other run";
      }
    }
    EXPECT_EQ(merge_run(small_.load(), small_.file(name), {}), 0);
    EXPECT_EQ(recorded(name), 18U);
  }
}

TEST_F(RunStudy, RefusesAShardOfAnotherJobBeforeItTrains) {
  RunSettings share = settings("a.run");
  share.shard = ShardNumber{.index = 1, .of = 2};
  ASSERT_EQ(run(share), 0);
  ASSERT_EQ(run(settings("whole.run")), 0);
  std::string job = read_file(small_.file("job.json"), 4096);
  job.replace(job.find("\"seed\": 5"), 9, "\"seed\": 6");
  small_.write("job.json", job);
  for (const auto& [name, held] :
       {std::pair("a.run", "a.run/shards/1-of-2"), std::pair("whole.run", "whole.run")}) {
    RunSettings other = settings(name);
    other.shard = ShardNumber{.index = 2, .of = 2};
    expect_error(ErrorCode::bad_input,
                 small_.file(held).string() +
                     ": holds a run of another job (results of two studies would be mixed). choose "
                     "another --out, or take the change back:\n  /seed: 5 -> 6",
                 [&] { run(other); });
    EXPECT_FALSE(std::filesystem::exists(small_.file(name) / "shards/2-of-2"));
  }
}

/// The same numbers under other ids: no fit id tells.
TEST_F(RunStudy, MergesShardsOfSamplesOfTheSameIdsAlone) {
  for (const std::uint32_t index : {1U, 2U}) {
    RunSettings share = settings("a.run");
    share.shard = ShardNumber{.index = index, .of = 2};
    ASSERT_EQ(run(share), 0);
  }
  Study renamed = small_.load();
  renamed.samples.id.front() = "another";
  expect_error(ErrorCode::bad_input,
               small_.file("a.run/shards/1-of-2").string() +
                   ": holds a run of the same job over samples of other ids (results of two "
                   "studies would be mixed). choose another --out, or take the change back:\n  id "
                   "of row 0: '" +
                   small_.load().samples.id.front() + "' -> 'another'",
               [&] { (void)merge_run(renamed, small_.file("a.run"), {}); });
  EXPECT_FALSE(std::filesystem::exists(small_.file("a.run") / "journal.jsonl"));
}

TEST_F(RunStudy, SaysThatShardsOfAnotherJobLieBesideARun) {
  RunSettings share = settings("a.run");
  share.shard = ShardNumber{.index = 1, .of = 2};
  ASSERT_EQ(run(share), 0);
  const auto log_of_run = [&] {
    testing::internal::CaptureStderr();
    start_log(LogLevel::normal);
    EXPECT_EQ(run(settings("a.run")), 0);
    return testing::internal::GetCapturedStderr();
  };
  EXPECT_THAT(log_of_run(), testing::Not(HasSubstr("shards beside this run")));
  std::filesystem::rename(small_.file("a.run/shards"), small_.file("shards"));
  std::filesystem::remove_all(small_.file("a.run"));
  std::string job = read_file(small_.file("job.json"), 4096);
  job.replace(job.find("\"seed\": 5"), 9, "\"seed\": 6");
  small_.write("job.json", job);
  std::filesystem::create_directory(small_.file("a.run"));
  std::filesystem::rename(small_.file("shards"), small_.file("a.run/shards"));
  EXPECT_THAT(log_of_run(), HasSubstr("shards beside this run are not of it and cannot be merged "
                                      "into it: " +
                                      small_.file("a.run/shards/1-of-2").string() +
                                      ": holds a run of another job"));
}

TEST_F(RunStudy, RefusesAShardOfAnotherDivision) {
  RunSettings share = settings("a.run");
  share.shard = ShardNumber{.index = 1, .of = 2};
  ASSERT_EQ(run(share), 0);
  share.shard = ShardNumber{.index = 1, .of = 3};
  expect_error(ErrorCode::bad_input,
               small_.file("a.run/shards/1-of-2").string() +
                   ": is a shard of another division (shard 1 of 3 could not be taken together "
                   "with it). choose another --out, or remove the folder",
               [&] { run(share); });
  EXPECT_FALSE(std::filesystem::exists(small_.file("a.run/shards/1-of-3")));
}

/// What a run says of itself from its first line to its last.
TEST_F(RunStudy, SaysHowMuchIsDoneAndWhatToDoNext) {
  const auto said = [&](const RunSettings& settings, int code) {
    testing::internal::CaptureStderr();
    start_log(LogLevel::normal);
    EXPECT_EQ(run(settings), code);
    return testing::internal::GetCapturedStderr();
  };
  const std::string directory = small_.file("a.run").string();
  watched_.stop = true;
  const std::string stopped = said(settings("a.run"), exit_code(ErrorCode::stopped));
  EXPECT_THAT(stopped, HasSubstr("18 fits to train on 2 workers, into " + directory + "\n"));
  EXPECT_THAT(stopped, testing::Not(HasSubstr("are done already")));
  EXPECT_THAT(stopped, HasSubstr("stopped on request: " + std::to_string(recorded("a.run")) +
                                 " of 18 fits are done. run the same command again to go on\n"));
  EXPECT_THAT(stopped, testing::Not(HasSubstr("tables: ")));
  watched_.stop = false;
  const std::string whole = said(settings("a.run"), 0);
  EXPECT_THAT(whole, HasSubstr("tables: crossfold report " + directory + "\n"));
  EXPECT_THAT(whole, testing::Not(HasSubstr("stopped")));
  EXPECT_THAT(whole, testing::Not(HasSubstr("this is shard")));
  const std::string again = said(settings("a.run"), 0);
  EXPECT_THAT(again, HasSubstr("18 of 18 fits are done already\n"));
  EXPECT_THAT(again, HasSubstr("0 fits to train on 1 worker, into " + directory + "\n"));
  EXPECT_THAT(again, HasSubstr("0 fits trained in "));
  EXPECT_THAT(again, testing::Not(HasSubstr("another equivalence class")));
  RunSettings share = settings("b.run");
  share.shard = ShardNumber{.index = 2, .of = 2};
  const std::string shard = said(share, 0);
  EXPECT_THAT(shard, HasSubstr("this is shard 2 of 2\n"));
  EXPECT_THAT(shard, HasSubstr("shard 2 of 2 is done. when all are, `crossfold run --merge` with "
                               "the same job and --out takes them together\n"));
  EXPECT_THAT(shard, testing::Not(HasSubstr("tables: ")));
}

/// A time limit that nothing fits into is no request of anybody.
TEST_F(RunStudy, SaysThatItStoppedInTime) {
  RunSettings hurried = settings("a.run");
  hurried.times.time_limit_s = 1;
  hurried.times.stop_within_s = 1;
  testing::internal::CaptureStderr();
  start_log(LogLevel::normal);
  EXPECT_EQ(run(hurried), exit_code(ErrorCode::usage));
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_THAT(said, HasSubstr("stopped in time: 0 of 18 fits are done. "));
  ASSERT_EQ(watched_.errors.size(), 1U);
  EXPECT_THAT(watched_.errors[0], HasSubstr("was too short for a single fit"));
}

TEST_F(RunStudy, WarnsOfFitsThatAnotherEquivalenceClassMade) {
  if (best_instruction_set() == InstructionSet::portable)
    GTEST_SKIP() << "this processor has one instruction set alone";
  RunSettings plain = settings("a.run");
  plain.instruction_set = InstructionSet::portable;
  ASSERT_EQ(run(plain), 0);
  plain.instruction_set = best_instruction_set();
  testing::internal::CaptureStderr();
  start_log(LogLevel::normal);
  EXPECT_EQ(run(plain), 0);
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              HasSubstr("fits in this folder were made by another equivalence class"));
}

TEST(DefaultDirectory, IsTheJobsNameAsOneWord) {
  Job job;
  job.name = "a b/c";
  EXPECT_EQ(default_directory(job), "a-b-c.run");
}

}  // namespace
}  // namespace crossfold
