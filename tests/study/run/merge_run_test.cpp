// When a merge writes results.h5, artefacts.h5 and provenance.json, and what it returns.

#include "crossfold/study/merge_run.h"

#include <array>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/core/log.h"
#include "crossfold/results/run_editor.h"
#include "crossfold/results/run_records.h"
#include "crossfold/results/run_status.h"
#include "crossfold/results/shards.h"
#include "crossfold/study/run_study.h"

#include "study/small_study.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;
using ::testing::IsEmpty;

constexpr std::array<ShardNumber, 2> kShards{{{.index = 1, .of = 2}, {.index = 2, .of = 2}}};

/// A run and the two shards of its plan, trained once; each test merges a copy of the shards.
class MergeRun : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    small_ = new test::SmallStudy;
    train("whole.run", std::nullopt);
    for (const ShardNumber& shard : kShards) train("shards.run", shard);
    whole_ = final_files(small_->file("whole.run"));
  }
  static void TearDownTestSuite() { delete std::exchange(small_, nullptr); }

  void SetUp() override {
    fs::remove_all(run_);
    fs::copy(small_->file("shards.run"), run_, fs::copy_options::recursive);
  }

  static void train(const std::string& name, std::optional<ShardNumber> shard) {
    mpi::Session session(fleet::Launch::alone);
    ASSERT_EQ(
        run_study(session, fleet::Launch::alone, {.value = small_->load(), .failure = nullptr},
                  {.directory = small_->file(name),
                   .workers = 2,
                   .shard = shard,
                   .pinning = Pinning::off},
                  {}),
        0);
  }
  /// What a run's end adds to its directory.
  static std::set<std::string> final_files(const fs::path& run) {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(run))
      if (const fs::path& file = entry.path();
          file.extension() == ".h5" || file.filename() == "provenance.json")
        names.insert(file.filename().string());
    return names;
  }

  [[nodiscard]] fs::path folder(std::size_t shard) const {
    return shard_directory(run_, kShards.at(shard));
  }
  /// In place of its result the fit has failed, as if the shard had ended so.
  void let_fail(std::size_t shard, std::size_t fit) const {
    RunEditor editor(folder(shard));
    FitResult& result = editor.fits().at(fit).result;
    const FitId id = result.id;
    result = {};
    result.id = id;
    result.error = "no memory";
    editor.save();
  }
  /// A later session of the shard, which ends with work left or is killed.
  void go_on(std::size_t shard, bool is_killed) const {
    const Study study = small_->load();
    RunDirectory directory = RunDirectory::open(folder(shard), recorded_job(study, folder(shard)),
                                                study.samples, study.plan, study.split_csv);
    SessionStart start;
    start.launch = "alone";
    start.shard = ShardShare{.index = kShards.at(shard).index, .of = 2, .fits = 9};
    directory.append_session(start);
    if (is_killed) return;
    SessionEnd stopped;
    stopped.outcome = SessionEnd::Outcome::stopped;
    directory.append_session(stopped);
  }
  /// Takes the last fit out of what a shard recorded.
  void let_lack(std::size_t shard) const {
    RunEditor editor(folder(shard));
    editor.fits().pop_back();
    editor.save();
  }
  [[nodiscard]] int merge() const { return merge_run(small_->load(), run_, {}); }
  [[nodiscard]] RunState state() const { return read_status(run_, 0).state; }

  static test::SmallStudy* small_;
  static std::set<std::string> whole_;
  const QuietLog quiet_;
  const fs::path run_ = small_->file("a.run");
};

test::SmallStudy* MergeRun::small_ = nullptr;
std::set<std::string> MergeRun::whole_;

TEST_F(MergeRun, OfAllFitsEndsAsARunDoes) {
  ASSERT_THAT(whole_, ::testing::IsSupersetOf({"results.h5", "artefacts.h5", "provenance.json"}));
  EXPECT_EQ(merge(), 0);
  EXPECT_EQ(final_files(run_), whole_);
  EXPECT_EQ(state(), RunState::finished);
}

/// A run with failed fits has its final files too.
TEST_F(MergeRun, OfShardsThatHaveEndedEndsAsARunDoesWhicheverFitFailed) {
  for (const auto& [shard, fit] : {std::pair(0U, 0U), std::pair(1U, 8U)}) {
    SCOPED_TRACE(shard);
    SetUp();
    let_fail(shard, fit);
    EXPECT_EQ(merge(), 1);
    EXPECT_EQ(final_files(run_), whole_);
    EXPECT_EQ(state(), RunState::finished);
    EXPECT_EQ(load_run(run_).results.size(), 18U);
  }
}

TEST_F(MergeRun, HasNoFinalFilesWhileAShardIsMissing) {
  fs::remove_all(folder(0));
  EXPECT_EQ(merge(), 1);
  EXPECT_THAT(final_files(run_), IsEmpty());
  EXPECT_EQ(state(), RunState::stopped);
}

TEST_F(MergeRun, HasNoFinalFilesWhileAShardHasWorkLeft) {
  for (const bool is_killed : {false, true}) {
    SCOPED_TRACE(is_killed);
    SetUp();
    const std::size_t shard = is_killed ? 0 : 1;
    let_lack(shard);
    go_on(shard, is_killed);
    EXPECT_EQ(merge(), 1);
    EXPECT_THAT(final_files(run_), IsEmpty());
    EXPECT_EQ(state(), RunState::stopped);
  }
}

/// Nothing is to come of a shard that was killed behind its last fit.
TEST_F(MergeRun, OfAllFitsEndsAsARunDoesHoweverItsShardsEnded) {
  for (const bool is_killed : {false, true}) {
    SCOPED_TRACE(is_killed);
    SetUp();
    go_on(1, is_killed);
    EXPECT_EQ(merge(), 0);
    EXPECT_EQ(final_files(run_), whole_);
    EXPECT_EQ(state(), RunState::finished);
  }
}

}  // namespace
}  // namespace crossfold
