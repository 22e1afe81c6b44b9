#include "crossfold/study/status_view.h"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "crossfold/core/utc_time.h"
#include "crossfold/results/run_directory.h"

#include "core/expect_error.h"
#include "plan/sample_result.h"
#include "results/small_run.h"
#include "study/small_study.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;

class StatusOfShards : public ::testing::Test {
 protected:
  /// A shard that has begun, of a job with this seed.
  void begin(std::uint32_t index, std::uint64_t seed) const {
    Study study = small_.load();
    study.job.seed = seed;
    const StoreContents store = open_store(study.store);
    study.plan = make_plan(study.job, study.samples, store.embeddings);
    const fs::path path = shard_directory(run(), {.index = index, .of = 2});
    static_cast<void>(
        RunDirectory::open(path, recorded_job(study, path), study.samples, study.plan));
  }
  [[nodiscard]] fs::path run() const { return small_.file("a.run"); }

  test::SmallStudy small_;
};

TEST_F(StatusOfShards, AddsUpThoseOfOneJob) {
  begin(1, 5);
  begin(2, 5);
  const StatusView view = read_status_view(run(), 0);
  EXPECT_EQ(view.runs.size(), 2U);
  EXPECT_EQ(view.expected, 18U);
}

/// A shard's fits count where they lie, whether or not the others have started.
TEST_F(StatusOfShards, CountsWhatEachHasDoneAndNamesThoseThatAreAbsent) {
  const Study study = small_.load();
  const auto train = [&](const fs::path& path, std::size_t first, std::size_t done,
                         std::size_t failed) {
    RunDirectory directory =
        RunDirectory::open(path, recorded_job(study, path), study.samples, study.plan);
    for (std::size_t i = 0; i < done + failed; ++i) {
      const FitId& id = study.plan.fits.at(first + i).id;
      FitRecord record;
      record.result = i < done ? testing::full_result(id) : testing::failed_result(id);
      record.result.artefacts = {};
      directory.append(record);
    }
    directory.flush();
  };
  train(shard_directory(run(), {.index = 2, .of = 4}), 0, 3, 2);
  train(shard_directory(run(), {.index = 4, .of = 4}), 9, 2, 1);
  StatusView view = read_status_view(run(), 0);
  EXPECT_EQ(view.name, "small study");
  EXPECT_EQ(view.expected, 18U);
  EXPECT_EQ(view.done, 5U);
  EXPECT_EQ(view.failed, 3U);
  EXPECT_EQ(view.missing(), 10U);
  EXPECT_EQ(view.absent, (std::vector<ShardNumber>{{1, 4}, {3, 4}}));
  ASSERT_EQ(view.runs.size(), 2U);
  EXPECT_EQ(view.runs[1].done, 2U);

  train(run(), 3, 4, 2);  // what the whole run has counts for the whole
  view = read_status_view(run(), 0);
  ASSERT_EQ(view.runs.size(), 3U);
  EXPECT_EQ(view.runs[0].directory, run());
  EXPECT_EQ(view.done, 4U);
  EXPECT_EQ(view.failed, 2U);
  EXPECT_EQ(view.expected, 18U);
  EXPECT_FALSE(view.over);
}

TEST_F(StatusOfShards, NamesEachThatIsOfAnotherJob) {
  for (const std::uint32_t index : {1U, 2U}) begin(index, 4 + index);
  const Study study = small_.load();
  const std::string whole = run().string();
  static_cast<void>(
      RunDirectory::open(run(), recorded_job(study, run()), study.samples, study.plan));
  try {
    static_cast<void>(read_status_view(run(), 0));
    FAIL() << "counts of two plans were added up";
  } catch (const Error& error) {
    const std::string text = error.what();
    EXPECT_EQ(text.find(shard_directory(run(), {.index = 1, .of = 2}).string() + ": is of another"),
              std::string::npos);
    EXPECT_NE(text.find(shard_directory(run(), {.index = 2, .of = 2}).string() +
                        ": is of another job, other data or another protocol than " + whole),
              std::string::npos);
  }
}

/// What a run writes before its plan is complete, and nothing else.
TEST(IsYetToStart, WhileOnlyTheFirstFilesAreThere) {
  const test::ScratchFolder folder;
  EXPECT_TRUE(is_yet_to_start(folder / "nowhere"));
  EXPECT_TRUE(is_yet_to_start(folder.path()));
  for (const char* name : {"lock", "samples.json", "plan.json", "splits.csv", ".job.json.17.tmp"}) {
    test::write_bytes(folder / name, "x");
    EXPECT_TRUE(is_yet_to_start(folder.path())) << name;
  }
  fs::create_directories(folder / "shards" / "1-of-2");
  EXPECT_TRUE(is_yet_to_start(folder.path()));
  EXPECT_FALSE(is_yet_to_start(folder / "lock")) << "a file is no run that begins";
  for (const char* name : {"thesis.tex", "journal.jsonl", "a.tmp", ".hidden", "job.json"}) {
    test::write_bytes(folder / name, "x");
    EXPECT_FALSE(is_yet_to_start(folder.path())) << name;
    fs::remove(folder / name);
  }
  test::write_bytes(folder / "shards" / "1-of-2" / "job.json", "x");
  EXPECT_FALSE(is_yet_to_start(folder.path()));
}

TEST_F(StatusOfShards, IsOverWhenAllAre) {
  const auto end = [&](std::uint32_t index) {
    const fs::path path = shard_directory(run(), {.index = index, .of = 2});
    const Study study = small_.load();
    RunDirectory directory =
        RunDirectory::open(path, recorded_job(study, path), study.samples, study.plan);
    SessionStart start;
    start.shard = ShardShare{.index = index, .of = 2, .fits = 9};
    directory.append_session(start);
    directory.append_session(SessionEnd{});
  };
  const std::uint64_t seed = small_.load().job.seed;
  begin(1, seed);
  begin(2, seed);
  EXPECT_FALSE(read_status_view(run(), 0).over);
  end(1);
  EXPECT_FALSE(read_status_view(run(), 0).over);
  end(2);
  EXPECT_TRUE(read_status_view(run(), 0).over);
}

TEST_F(StatusOfShards, NamesThoseOfAnotherJob) {
  begin(1, 5);
  begin(2, 6);
  const std::string first = shard_directory(run(), {.index = 1, .of = 2}).string();
  const std::string second = shard_directory(run(), {.index = 2, .of = 2}).string();
  expect_error(ErrorCode::bad_input,
               "shards: " + second + ": is of another job, other data or another protocol than " +
                   first +
                   " (their plan hashes differ, so no merge takes them together). remove the one "
                   "that does not belong here, and run that shard again",
               [&] { static_cast<void>(read_status_view(run(), 0)); });
}

/// Runs of one plan in a directory and its shards, of which each says what it did.
class Runs {
 public:
  enum class End { none, stopped, finished };
  struct Done {
    std::size_t first = 0;   ///< of the plan's fits
    std::size_t last = 0;    ///< those before are done
    std::size_t failed = 0;  ///< so many behind those have failed
    End end = End::finished;
  };

  void work(const fs::path& path, std::optional<ShardShare> shard, const Done& done) const {
    const Job job = testing::small_job();
    RunDirectory directory =
        RunDirectory::open(path, job, testing::small_samples(), testing::small_plan(job));
    SessionStart start;
    start.shard = shard;
    directory.append_session(start);
    for (std::size_t i = done.first; i < done.last + done.failed; ++i) {
      FitResult result = testing::result_of(plan(), plan().fits.at(i));
      if (i >= done.last) {
        result.error = "the loss is not finite";
        result.artefacts = {};
      }
      testing::record(directory, result);
    }
    directory.flush();
    SessionEnd end;
    if (done.end == End::stopped) end.outcome = SessionEnd::Outcome::stopped;
    if (done.end != End::none) directory.append_session(end);
  }
  void work_on_shard(std::uint32_t index, std::uint32_t of, const Done& done) const {
    work(shard_directory(run(), {.index = index, .of = of}),
         ShardShare{.index = index, .of = of, .fits = kShare}, done);
  }
  [[nodiscard]] fs::path run() const { return run_.path(); }
  [[nodiscard]] const Plan& plan() const { return run_.plan(); }
  [[nodiscard]] StatusView view() const { return read_status_view(run(), 0); }
  [[nodiscard]] std::vector<fs::path> directories() const {
    std::vector<fs::path> paths;
    for (const RunStatus& one : view().runs) paths.push_back(one.directory);
    return paths;
  }

  static constexpr std::size_t kShare = 5;

 private:
  testing::SmallRun run_;
};

class ViewOfRuns : public ::testing::Test, protected Runs {};

TEST_F(ViewOfRuns, OfShardsAddsUpWhatEachDidAndNamesThoseThatHaveNotStarted) {
  work_on_shard(2, 5, {.first = 0, .last = 2, .failed = 1});
  work_on_shard(4, 5, {.first = 3, .last = 4, .failed = 2});
  fs::create_directories(shard_directory(run(), {.index = 3, .of = 5}));
  const StatusView seen = view();
  EXPECT_EQ(seen.directory, run());
  EXPECT_EQ(seen.name, testing::small_job().name);
  EXPECT_EQ(seen.expected, distinct_fits(plan())) << "the whole plan, whatever has started";
  EXPECT_EQ(seen.done, 3U);
  EXPECT_EQ(seen.failed, 3U);
  EXPECT_EQ(seen.missing(), distinct_fits(plan()) - 6);
  EXPECT_EQ(seen.absent, (std::vector<ShardNumber>{
                             {.index = 1, .of = 5}, {.index = 3, .of = 5}, {.index = 5, .of = 5}}));
  EXPECT_EQ(directories(), (std::vector<fs::path>{shard_directory(run(), {.index = 2, .of = 5}),
                                                  shard_directory(run(), {.index = 4, .of = 5})}));
  EXPECT_EQ(seen.runs[1].failed, 2U);
  EXPECT_FALSE(seen.over);
}

/// What is merged counts, and not once more in the shards that it was taken from.
TEST_F(ViewOfRuns, OfAMergedRunHasTheCountsOfThatRun) {
  work_on_shard(1, 2, {.first = 0, .last = 3});
  work_on_shard(2, 2, {.first = 3, .last = 5, .failed = 1});
  work(run(), std::nullopt, {.first = 0, .last = 1, .failed = 2});
  const StatusView seen = view();
  EXPECT_EQ(seen.name, testing::small_job().name);
  EXPECT_EQ(seen.expected, distinct_fits(plan()));
  EXPECT_EQ(seen.done, 1U);
  EXPECT_EQ(seen.failed, 2U);
  EXPECT_TRUE(seen.absent.empty());
  EXPECT_EQ(directories(),
            (std::vector<fs::path>{run(), shard_directory(run(), {.index = 1, .of = 2}),
                                   shard_directory(run(), {.index = 2, .of = 2})}));
}

/// All at the same moment, which is that of whoever asks.
TEST_F(ViewOfRuns, TellsOfEachHowLongItHasBeenSilent) {
  work_on_shard(1, 2, {.first = 0, .last = 1, .end = End::none});
  work_on_shard(2, 2, {.first = 1, .last = 2, .end = End::none});
  work(run(), std::nullopt, {.first = 2, .last = 3, .end = End::none});
  const std::int64_t now_s = seconds_of_utc(utc_now()).value() + 500;
  const StatusView seen = read_status_view(run(), now_s);
  ASSERT_EQ(seen.runs.size(), 3U);
  for (const RunStatus& one : seen.runs) {
    const std::int64_t began_s = seconds_of_utc(one.sessions.back().started).value();
    EXPECT_EQ(one.silence_s, static_cast<double>(now_s - began_s)) << one.directory;
  }
}

TEST_F(ViewOfRuns, OfAShardAloneExpectsItsShare) {
  work_on_shard(1, 2, {.first = 0, .last = 3, .failed = 1});
  const fs::path shard = shard_directory(run(), {.index = 1, .of = 2});
  const StatusView seen = read_status_view(shard, 0);
  EXPECT_EQ(seen.directory, shard);
  EXPECT_EQ(seen.expected, kShare);
  EXPECT_EQ(seen.done, 3U);
  EXPECT_EQ(seen.failed, 1U);
  EXPECT_EQ(seen.missing(), 1U);
  EXPECT_TRUE(seen.absent.empty());
  EXPECT_TRUE(seen.over);
}

/// Whichever of the runs has not finished, and whichever shard has not started, there is something
/// to wait for.
TEST_F(ViewOfRuns, IsOverWhenEveryRunHasFinished) {
  const auto is_over = [](const std::vector<End>& shards, std::optional<End> whole) {
    const Runs at;
    std::uint32_t index = 0;
    for (const End end : shards)
      at.work_on_shard(++index, static_cast<std::uint32_t>(shards.size()), {.end = end});
    if (whole) at.work(at.run(), std::nullopt, {.end = *whole});
    return at.view().over;
  };
  for (const End unfinished : {End::none, End::stopped}) EXPECT_FALSE(is_over({}, unfinished));
  for (std::size_t which = 0; which < 3; ++which) {
    std::vector<End> shards(3, End::finished);
    shards[which] = which == 1 ? End::stopped : End::none;
    EXPECT_FALSE(is_over(shards, std::nullopt)) << which;
  }
  EXPECT_FALSE(is_over({End::finished}, End::none));
  EXPECT_FALSE(is_over({End::stopped}, End::finished));
  EXPECT_TRUE(is_over({}, End::finished));
  EXPECT_TRUE(is_over({End::finished, End::finished}, std::nullopt));
  EXPECT_TRUE(is_over({End::finished}, End::finished));
}

TEST(StatusView, MissesNothingWhereMoreFailedThanWereExpected) {
  StatusView view;
  view.expected = 5;
  view.done = 2;
  view.failed = 1;
  EXPECT_EQ(view.missing(), 2U);
  view.failed = 4;
  EXPECT_EQ(view.missing(), 0U) << "a failed fit may be one of another shard";
}

/// What a run writes before its plan is complete, each alone and all together.
TEST(IsYetToStart, WhereNothingIsThereButWhatARunWritesFirst) {
  const test::ScratchFolder folder;
  const std::vector<std::string> first{"lock", "samples.json", "plan.json", "splits.csv",
                                       ".plan.json.7.tmp"};
  const auto holding = [&](const std::string& name, const std::vector<std::string>& files) {
    const fs::path directory = folder / name;
    for (const std::string& file : files) {
      fs::create_directories((directory / file).parent_path());
      std::ofstream(directory / file) << "";
    }
    return directory;
  };
  EXPECT_TRUE(is_yet_to_start(folder / "none"));
  fs::create_directory(folder / "empty");
  EXPECT_TRUE(is_yet_to_start(folder / "empty"));
  EXPECT_TRUE(is_yet_to_start(holding("all", first)));
  for (const std::string& file : first)
    EXPECT_TRUE(is_yet_to_start(holding("only " + file, {file})));
  fs::create_directories(folder / "shards alone/shards/1-of-2");
  EXPECT_TRUE(is_yet_to_start(folder / "shards alone"));

  for (const char* other : {"notes.txt", ".hidden", "plan.tmp", "journal.jsonl", "job.json"}) {
    std::vector<std::string> files = first;
    files.emplace_back(other);
    EXPECT_FALSE(is_yet_to_start(holding(std::string("with ") + other, files))) << other;
  }
  for (const char* shard : {"1-of-2", "2-of-2"}) {
    const fs::path directory =
        holding(std::string("has ") + shard, {"shards/" + std::string(shard) + "/job.json"});
    fs::create_directories(directory / "shards/1-of-2");
    fs::create_directories(directory / "shards/2-of-2");
    EXPECT_FALSE(is_yet_to_start(directory)) << shard;
  }
  std::ofstream(folder / "file") << "";
  EXPECT_FALSE(is_yet_to_start(folder / "file"));
}

}  // namespace
}  // namespace crossfold
