// What a run directory does to the disk, in which order, and what is left when a call fails.

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/results/warm_start.h"

#include "core/disk_rules.h"
#include "core/disk_watch.h"
#include "results/small_run.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;
using test::DiskCall;
using test::DiskWatch;

/// A run of three fits: one of them fails, all is closed.
void run_three(const testing::SmallRun& run) {
  RunDirectory directory = run.open();
  directory.append_session(SessionStart{.launch = "alone",
                                        .workers = 1,
                                        .threads_per_worker = 1,
                                        .equivalence_class = "build A",
                                        .instruction_set = "avx2",
                                        .store = "s.h5",
                                        .shard = std::nullopt});
  for (const std::size_t i : {0, 1})
    if (const Fit& fit = run.plan().fits[i]; !directory.done().contains(fit.id))
      testing::record(directory, run.plan(), fit);
  directory.flush();
  FitRecord failed;
  failed.result = testing::failed_result(run.plan().fits[2].id);
  directory.append(failed);
  directory.flush();
  directory.append_session(SessionEnd{});
  write_final_files(run.path());
}

TEST(Durability, HoldsInTheOrderOfCalls) {
  const testing::SmallRun run;
  const DiskWatch watch(run.path());
  run_three(run);
  const std::vector<DiskCall> calls = watch.calls();
  EXPECT_GT(calls.size(), 40U);
  test::expect_whole_files(calls);
  test::expect_artefacts_before_their_lines(calls, 2);
  test::expect_flushed_before_the_end(calls);
}

TEST(Durability, HasAFlushBehindEveryRecordThatIsAskedFor) {
  const testing::SmallRun run;
  RunDirectory directory = run.open();
  const DiskWatch watch(run.path());
  for (std::size_t i = 0; i < 3; ++i) {
    testing::record(directory, run.plan(), run.plan().fits[i]);
    const std::vector<std::string> before = test::short_names(watch.calls());
    EXPECT_EQ(before.back(), "write journal.jsonl");
    directory.flush();
    EXPECT_EQ(test::short_names(watch.calls()).back(), "fdatasync journal.jsonl");
  }
  directory.append_session(SessionEnd{});
  EXPECT_EQ(test::short_names(watch.calls()).back(), "fdatasync journal.jsonl");
}

/// Fits that are taken over are as safe as trained ones: their artefacts are on disk first.
TEST(Durability, OfFitsThatAreTakenOverIsThatOfTrainedOnes) {
  const testing::SmallRun other;
  constexpr std::size_t kFits = 4;
  {
    RunDirectory directory = other.open();
    for (std::size_t i = 0; i < kFits; ++i)
      testing::record(directory, other.plan(), other.plan().fits[i]);
    directory.append_session(SessionEnd{});
  }
  const testing::SmallRun run;
  const DiskWatch watch(run.path());
  {
    RunDirectory directory = run.open();
    const WarmStart warm(other.path(), testing::small_job(), run.plan(),
                         testing::small_samples().id);
    EXPECT_EQ(warm.take_into(directory, "small.h5").size(), kFits);
  }
  test::expect_artefacts_before_their_lines(watch.calls(), kFits);
  EXPECT_EQ(test::flushed_fits(watch.calls()).size(), kFits);
}

/// Each call fails in turn: the run then says why, by the name of a file, and the next one finds
/// all that was flushed and completes.
TEST(Durability, SurvivesTheFailureOfAnyCall) {
  std::string expected_table;
  std::size_t failures = 0;
  for (std::size_t call = 0; true; ++call) {
    const testing::SmallRun run;
    std::size_t flushed = 0;
    {
      DiskWatch watch(run.path());
      watch.fail_once(call, call % 2 == 0 ? EIO : ENOSPC);
      std::string told;
      try {
        run_three(run);
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::io) << call << ": " << error.what();
        told = error.what();
      }
      const std::vector<DiskCall> calls = watch.calls();
      flushed = test::flushed_fits(calls).size();
      if (!watch.has_failed()) break;
      ++failures;
      const std::string what = test::short_names({calls.at(call)}).front();
      const bool is_in_vain = what.starts_with("unlink ");  // of what is no longer needed
      if (!is_in_vain) {
        EXPECT_THAT(told, ::testing::StartsWith(run.path().string())) << call << " " << what;
        EXPECT_THAT(told, ::testing::AnyOf(::testing::HasSubstr("(Input/output error)"),
                                           ::testing::HasSubstr("(No space left on device)"),
                                           ::testing::HasSubstr("cannot be")))
            << call << " " << what;
      }
      test::expect_whole_files(calls);
    }
    EXPECT_GE(run.open().done().size() + 1, flushed) << call;  // one of them is a failure
    run_three(run);
    const RunRecords records = run.load();
    EXPECT_EQ(records.results.size(), 3U) << call;
    EXPECT_EQ(records.artefacts.size(), 2U) << call;
    for (const auto& [id, file] : records.artefacts)
      EXPECT_FALSE(read_artefacts(run.path(), records, id).empty()) << call;
  }
  EXPECT_GT(failures, 40U);
}

}  // namespace
}  // namespace crossfold
