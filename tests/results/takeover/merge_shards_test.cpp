#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/results/shard_neighbours.h"
#include "crossfold/results/shards.h"
#include "crossfold/results/warm_start.h"

#include "core/expect_error.h"
#include "results/small_run.h"
#include "run_history.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;
using testing::kAlpha;
using testing::kBeta;

class MergeShardsTest : public ::testing::Test {
 protected:
  static void begin(RunDirectory& directory, ShardNumber shard) {
    SessionStart start;
    start.launch = "mpi";
    start.shard = ShardShare{.index = shard.index, .of = shard.of, .fits = 1};
    directory.append_session(start);
  }
  /// Fits [first, last) of the plan, recorded by a session of `as` in the folder of `shard`.
  void run_shard(ShardNumber shard, std::size_t first, std::size_t last, ShardNumber as,
                 const Origin& origin = kAlpha) {
    RunDirectory directory =
        RunDirectory::open(shard_directory(run_.path(), shard), testing::small_job(),
                           testing::small_samples(), run_.plan());
    begin(directory, as);
    for (std::size_t i = first; i < last; ++i)
      testing::record(directory, run_.plan(), run_.plan().fits[i], origin);
    directory.append_session(SessionEnd{});
  }
  void run_shard(ShardNumber shard, std::size_t first, std::size_t last) {
    run_shard(shard, first, last, shard);
  }
  /// A session of the shard in which a fit fails.
  void fail_in(ShardNumber shard, std::size_t index) {
    RunDirectory directory = RunDirectory::open(folder(shard), testing::small_job(),
                                                testing::small_samples(), run_.plan());
    begin(directory, shard);
    FitRecord failed;
    failed.result = testing::failed_result(run_.plan().fits[index].id);
    directory.append(failed);
    directory.append_session(SessionEnd{});
  }
  /// A session that writes a segment and ends before a line names it; its folder.
  [[nodiscard]] fs::path copy_and_die(const std::string& launch) const {
    RunDirectory directory = run_.open();
    SessionStart start;
    start.launch = launch;
    directory.append_session(start);
    const SegmentFolder folder = directory.begin_segments();
    SegmentWriter segment(folder, Rank{});
    static_cast<void>(segment.append(run_.plan().fits[0].id, "copied"));
    segment.flush();
    return run_.path("segments") / folder.session;
  }
  MergeReport merge() {
    RunDirectory into = run_.open();
    const Job job = testing::small_job();
    return ShardMerge(run_.path(), job, run_.plan()).take_into(into);
  }
  void expect_refused(const std::string& text) {
    expect_error(ErrorCode::bad_input, text, [&] { static_cast<void>(merge()); });
    EXPECT_TRUE(run_.load().results.empty()) << "nothing may be taken over";
  }
  [[nodiscard]] std::string folder(ShardNumber shard) const {
    return shard_directory(run_.path(), shard).string();
  }

  /// Header, block head, "copied" filled up to 8.
  static constexpr std::size_t kCopiedBytes = 24 + 48 + 8;

  testing::SmallRun run_;
};

TEST_F(MergeShardsTest, GivesTheRecordsOfASingleRun) {
  const std::size_t fits = run_.plan().fits.size();
  run_shard({1, 2}, 0, fits / 2);
  run_shard({2, 2}, fits / 2, fits, {2, 2}, kBeta);
  const MergeReport report = merge();
  EXPECT_EQ(report.taken, fits);
  EXPECT_EQ(report.of, 2U);
  EXPECT_TRUE(report.absent.empty());
  EXPECT_TRUE(report.unfinished.empty());
  const RunRecords merged = run_.load();
  EXPECT_EQ(merged.results.size(), fits);
  EXPECT_EQ(merged.classes, (std::set<std::string>{"build A", "build B"}));
  const testing::SmallRun single;
  single.record(0, fits);
  const RunRecords expected = single.load();
  ASSERT_EQ(merged.artefacts.size(), expected.artefacts.size());
  for (const auto& [id, place] : expected.artefacts) {
    EXPECT_EQ(merged.artefacts.at(id).sha256, place.sha256);
    EXPECT_EQ(read_artefacts(run_.path(), merged, id).held_out->probabilities,
              read_artefacts(single.path(), expected, id).held_out->probabilities);
  }
}

TEST_F(MergeShardsTest, TakesNothingTwiceAndGoesOnWhereItWas) {
  run_shard({1, 3}, 0, 4);
  MergeReport report = merge();
  EXPECT_EQ(report.taken, 4U);
  EXPECT_EQ(report.absent, (std::vector<ShardNumber>{{2, 3}, {3, 3}}));
  run_shard({2, 3}, 4, 6);
  report = merge();
  EXPECT_EQ(report.taken, 2U);
  EXPECT_EQ(report.absent, (std::vector<ShardNumber>{{3, 3}}));
  EXPECT_EQ(merge().taken, 0U);
}

/// Fits are written a thousand at a time.
TEST_F(MergeShardsTest, TakesMoreFitsThanAreWrittenAtATime) {
  Job job = testing::small_job();
  job.splits.seeds = 120;
  const Plan plan = testing::small_plan(job);
  ASSERT_GT(distinct_fits(plan), 2000U);
  {
    RunDirectory directory =
        RunDirectory::open(folder({1, 1}), job, testing::small_samples(), plan);
    begin(directory, {1, 1});
    for (const Fit& fit : plan.fits) {
      FitRecord record{
          .result = testing::result_of(plan, fit), .artefacts = std::nullopt, .origin = kAlpha};
      record.result.artefacts = {};
      directory.append(record);
    }
    directory.append_session(SessionEnd{});
  }
  RunDirectory into = RunDirectory::open(run_.path(), job, testing::small_samples(), plan);
  const MergeReport report = ShardMerge(run_.path(), job, plan).take_into(into);
  EXPECT_EQ(report.taken, distinct_fits(plan));
  EXPECT_EQ(into.done().size(), distinct_fits(plan));
  EXPECT_EQ(read_history(RunLayout{run_.path()}).fits.size(), distinct_fits(plan));
}

TEST_F(MergeShardsTest, NamesShardsThatAreNotAtTheirEnd) {
  run_shard({1, 1}, 0, 2);
  {
    RunDirectory directory = RunDirectory::open(folder({1, 1}), testing::small_job(),
                                                testing::small_samples(), run_.plan());
    begin(directory, {1, 1});
    EXPECT_THAT(merge().unfinished,
                ::testing::ElementsAre("1-of-1 has not ended (it runs, or was killed)"));
    SessionEnd stopped;
    stopped.outcome = SessionEnd::Outcome::stopped;
    directory.append_session(stopped);
  }
  EXPECT_THAT(merge().unfinished, ::testing::ElementsAre("1-of-1 was stopped with work left"));
}

TEST_F(MergeShardsTest, RefusesShardsThatOverlap) {
  run_shard({1, 2}, 0, 4);
  run_shard({2, 2}, 2, 6);
  expect_refused(run_.path().string() + ": " + folder({2, 2}) +
                 ": holds 2 fits that 1-of-2 holds too (shards must not overlap). remove it and "
                 "run this shard again");
}

/// Each pair with what it shares; what failed in one of them is not shared.
TEST_F(MergeShardsTest, NamesEveryPairOfShardsThatOverlap) {
  run_shard({1, 3}, 0, 3);
  run_shard({2, 3}, 2, 4);
  run_shard({3, 3}, 3, 5);
  run_shard({3, 3}, 0, 2);
  fail_in({1, 3}, 4);
  const auto line = [&](std::uint32_t shard, const std::string& shared) {
    return "\n  " + folder({shard, 3}) + ": holds " + shared +
           " holds too (shards must not overlap). remove it and run this shard again";
  };
  expect_refused(run_.path().string() + ": 3 errors" + line(2, "1 fit that 1-of-3") +
                 line(3, "2 fits that 1-of-3") + line(3, "1 fit that 2-of-3"));
}

TEST_F(MergeShardsTest, RefusesShardsOfTwoDivisions) {
  run_shard({1, 2}, 0, 4);
  run_shard({2, 3}, 4, 6);
  expect_refused((run_.path() / "shards").string() +
                 ": holds 1-of-2 and 2-of-3 (shards of two divisions overlap). remove the folders "
                 "of one");
}

TEST_F(MergeShardsTest, RefusesAFolderInWhichAnotherShareWasWorkedOn) {
  run_shard({1, 2}, 0, 4, {2, 2});
  expect_refused(run_.path().string() + ": " + folder({1, 2}) +
                 ": was worked on as 2-of-2 too (its fits may be those of other shards). remove it "
                 "and run this shard again");
}

TEST_F(MergeShardsTest, RefusesAnArtefactThatWasChanged) {
  run_shard({1, 1}, 0, 1);
  const FitId id = run_.plan().fits[0].id;
  const fs::path file =
      fs::path(folder({1, 1})) / "segments" / load_run(folder({1, 1})).artefacts.at(id).segment;
  test::write_bytes(file, "damaged");
  expect_refused(run_.path().string() + ": " + file.string() +
                 ": is cut short (it has 7 bytes): the predictions and curves of fit " + id.hex() +
                 " of experiment task, embedding texture/raw, candidate baseline, seed 0, fold 0. "
                 "restore it, or let `crossfold run --shard 1/1 --retrain-missing` with the same "
                 "job and --out train that fit again");
}

TEST_F(MergeShardsTest, RefusesTheShardOfAnotherPlan) {
  Job job = testing::small_job();
  job.seed = 8;
  {
    const Plan other = testing::small_plan(job);
    RunDirectory directory =
        RunDirectory::open(folder({1, 1}), job, testing::small_samples(), other);
    begin(directory, {1, 1});
    for (const Fit& fit : other.fits) testing::record(directory, other, fit);
    directory.append_session(SessionEnd{});
  }
  expect_refused(run_.path().string() + ": " + folder({1, 1}) +
                 ": is of another job, other data or another protocol (its plan hash differs). "
                 "remove it and run this shard again");
}

TEST_F(MergeShardsTest, RefusesFitsThatThePlanDoesNotHold) {
  run_shard({1, 1}, 0, 1);
  {
    RunDirectory directory = RunDirectory::open(folder({1, 1}), testing::small_job(),
                                                testing::small_samples(), run_.plan());
    FitRecord strange;
    strange.result = testing::failed_result(testing::fit_id('e'));
    directory.append(strange);
    directory.flush();
  }
  expect_refused(run_.path().string() + ": " + folder({1, 1}) +
                 ": records 1 fit that the plan does not hold (lines of another run were added). "
                 "remove it and run this shard again");
}

/// What is done in one place is done, in whatever order the shards are taken.
TEST_F(MergeShardsTest, RefusesAFolderInWhichAnotherShareWasWorkedOnLater) {
  run_shard({1, 2}, 0, 2);
  {
    RunDirectory directory = RunDirectory::open(folder({1, 2}), testing::small_job(),
                                                testing::small_samples(), run_.plan());
    directory.append_session(SessionStart{});
    testing::record(directory, run_.plan(), run_.plan().fits[3], kAlpha);
    directory.append_session(SessionEnd{});
  }
  run_shard({2, 2}, 2, 3);
  expect_refused(run_.path().string() + ": " + folder({1, 2}) +
                 ": was worked on as the whole plan too (its fits may be those of other shards). "
                 "remove it and run this shard again");
}

TEST_F(MergeShardsTest, TakesTheSuccessThatFollowsAFailureItHasTaken) {
  fail_in({1, 2}, 0);
  run_shard({2, 2}, 1, 4);
  EXPECT_EQ(merge().taken, 4U);
  EXPECT_TRUE(run_.load().find(run_.plan().fits[0].id)->failed());
  run_shard({1, 2}, 0, 1);
  EXPECT_EQ(merge().taken, 1U);
  EXPECT_FALSE(run_.load().find(run_.plan().fits[0].id)->failed());
}

TEST_F(MergeShardsTest, LetsNoFailureReplaceASuccess) {
  run_shard({1, 3}, 0, 1);
  fail_in({2, 3}, 0);  // has failed there before it succeeded elsewhere
  fail_in({2, 3}, 1);
  fail_in({3, 3}, 1);  // failed everywhere
  run_shard({3, 3}, 2, 3);
  run_.record(2, 3, kBeta);  // the run itself has this one
  EXPECT_EQ(merge().taken, 2U);
  const RunRecords merged = run_.load();
  EXPECT_EQ(merged.results.size(), 3U);
  EXPECT_FALSE(merged.find(run_.plan().fits[0].id)->failed());
  EXPECT_TRUE(merged.find(run_.plan().fits[1].id)->failed());
  EXPECT_FALSE(merged.find(run_.plan().fits[2].id)->failed());
  EXPECT_EQ(merged.classes, (std::set<std::string>{"build A", "build B"}));
  const std::string journal = test::bytes_of(run_.journal());
  EXPECT_EQ(merge().taken, 0U);
  EXPECT_EQ(test::bytes_of(run_.journal()), journal) << "nothing is taken twice";
}

/// What a merge had copied when it was killed is named by no line; the next one copies it again.
TEST_F(MergeShardsTest, LeavesNothingBehindOfOneThatWasKilled) {
  run_.record(0, 1);
  const fs::path trained = copy_and_die("mpi");
  const fs::path copied = copy_and_die("merge");
  EXPECT_TRUE(fs::exists(trained));
  EXPECT_THAT(run_.open().notes(),
              ::testing::ElementsAre(fmt::format(
                  "{}: {} bytes in {}, {} that no line of the journal names were copied by a "
                  "session that was killed. they are removed, and copied again",
                  run_.path("segments").string(), 2 * kCopiedBytes, trained.filename().string(),
                  copied.filename().string())));
  EXPECT_FALSE(fs::exists(copied));
  EXPECT_TRUE(run_.open().notes().empty());
  EXPECT_NO_THROW(
      static_cast<void>(read_artefacts(run_.path(), run_.load(), run_.plan().fits[0].id)));
}

TEST_F(MergeShardsTest, LeavesAloneWhatMayBeOfUse) {
  const fs::path trained = copy_and_die("mpi");
  EXPECT_TRUE(run_.open().notes().empty()) << "a run's, whose workers may still write";
  EXPECT_TRUE(fs::exists(trained));
  const fs::path of_user = copy_and_die("merge");
  test::write_bytes(of_user / "notes.txt", "a user's");
  fs::remove_all(trained);
  EXPECT_TRUE(run_.open().notes().empty());
  EXPECT_TRUE(fs::exists(of_user / "notes.txt"));
  fs::remove(of_user / "notes.txt");
  test::write_bytes(run_.path("journal.damaged-1.jsonl"), "lines that may be restored");
  EXPECT_TRUE(run_.open().notes().empty());
  EXPECT_TRUE(fs::exists(of_user));
}

/// The numbers travel, not only the ids: each fit with its own.
TEST_F(MergeShardsTest, KeepsWhatEachShardFound) {
  const auto made_by_shard = [&](std::size_t index) {
    FitResult made = testing::result_of(run_.plan(), run_.plan().fits[index]);
    made.held_out.auc = 0.5 + 0.01 * static_cast<double>(index);
    made.seconds = static_cast<double>(index);
    return made;
  };
  for (const std::uint32_t shard : {1U, 2U}) {
    RunDirectory directory = RunDirectory::open(folder({shard, 2}), testing::small_job(),
                                                testing::small_samples(), run_.plan());
    begin(directory, {shard, 2});
    for (std::size_t i = shard - 1; i < 12; i += 2) testing::record(directory, made_by_shard(i));
    directory.append_session(SessionEnd{});
  }
  EXPECT_EQ(merge().taken, 12U);
  const RunRecords merged = run_.load();
  for (std::size_t i = 0; i < 12; ++i) {
    const FitResult* result = merged.find(run_.plan().fits[i].id);
    ASSERT_NE(result, nullptr);
    EXPECT_EQ(result->held_out.auc, 0.5 + 0.01 * static_cast<double>(i));
    EXPECT_EQ(result->seconds, static_cast<double>(i));
    const Artefacts artefacts = read_artefacts(run_.path(), merged, result->id);
    EXPECT_EQ(artefacts.held_out->probabilities.size(), 6U);
  }
}

/// A shard may have taken fits over from an earlier run; the whole then says so too.
TEST_F(MergeShardsTest, KeepsWhereEachShardTookFitsFrom) {
  const testing::SmallRun earlier;
  earlier.record(0, 2);
  {
    RunDirectory directory = RunDirectory::open(folder({1, 2}), testing::small_job(),
                                                testing::small_samples(), run_.plan());
    begin(directory, {1, 2});
    const WarmStart warm(earlier.path(), testing::small_job(), run_.plan(),
                         testing::small_samples().id);
    ASSERT_EQ(warm.take_into(directory, "small.h5").size(), 2U);
    testing::record(directory, run_.plan(), run_.plan().fits[2]);
    directory.append_session(SessionEnd{});
  }
  EXPECT_EQ(merge().taken, 3U);
  const RunHistory history = read_history(RunLayout{run_.path()});
  for (const std::size_t i : {0U, 1U})
    EXPECT_EQ(history.fits.at(run_.plan().fits[i].id).taken_from, run_.plan().hash.hex());
  EXPECT_FALSE(history.fits.at(run_.plan().fits[2].id).taken_from.has_value());
}

TEST(FindShards, PassesOverWhatIsNoShard) {
  const test::ScratchFolder folder;
  for (const char* name : {"2-of-3", "02-of-3", "4-of-3", "0-of-3", "x", "1-of-", "1-of-3.old"})
    fs::create_directories(folder / "shards" / name);
  const auto found = find_shards(folder.path());
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].number, (ShardNumber{2, 3}));
  EXPECT_TRUE(find_shards(folder / "none").empty());
}

/// By number, not as names are sorted.
TEST(FindShards, AreInTheOrderOfTheirNumbers) {
  const test::ScratchFolder folder;
  for (const char* name : {"10-of-12", "2-of-12", "12-of-12", "1-of-12", "9-of-12"})
    fs::create_directories(folder / "shards" / name);
  std::vector<std::uint32_t> numbers;
  for (const FoundShard& shard : find_shards(folder.path())) {
    numbers.push_back(shard.number.index);
    EXPECT_EQ(shard.number.of, 12U);
    EXPECT_EQ(shard.directory.filename().string(), name_of(shard.number));
  }
  EXPECT_THAT(numbers, ::testing::ElementsAre(1, 2, 9, 10, 12));
}

/// Every one is compared with the first, not with the one before it.
TEST(ShardsOfOnePlan, AreThoseOfThePlanOfTheFirst) {
  Job other = testing::small_job();
  other.seed = 8;
  const testing::SmallRun first, strange, third;
  static_cast<void>(first.open());
  static_cast<void>(strange.open(other));
  static_cast<void>(third.open());
  const auto line = [](const testing::SmallRun& shard, const testing::SmallRun& than) {
    return shard.path().string() + ": is of another job, other data or another protocol than " +
           than.path().string() +
           " (their plan hashes differ, so no merge takes them together). remove the one that does "
           "not belong here, and run that shard again";
  };
  expect_error(ErrorCode::bad_input, "shards: " + line(strange, first), [&] {
    check_are_of_one_plan({first.path(), strange.path(), third.path()});
  });
  expect_error(ErrorCode::bad_input, "shards: " + line(strange, first), [&] {
    check_are_of_one_plan({first.path(), third.path(), strange.path()});
  });
  expect_error(ErrorCode::bad_input,
               "shards: 2 errors\n  " + line(first, strange) + "\n  " + line(third, strange), [&] {
                 check_are_of_one_plan({strange.path(), first.path(), third.path()});
               });
  EXPECT_NO_THROW(check_are_of_one_plan({third.path(), first.path()}));
  EXPECT_NO_THROW(check_are_of_one_plan({}));
}

}  // namespace
}  // namespace crossfold
