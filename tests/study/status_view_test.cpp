#include "crossfold/study/status_view.h"

#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "crossfold/results/run_directory.h"

#include "core/expect_error.h"
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

}  // namespace
}  // namespace crossfold
