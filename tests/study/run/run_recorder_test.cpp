// Results count, and stages are decided from them, once they are on disk and not before.

#include "run_recorder.h"

#include <cstddef>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "crossfold/core/error.h"
#include "crossfold/plan/fit_spec.h"

#include "core/disk_watch.h"
#include "results/small_run.h"

namespace crossfold {
namespace {

class Recorder : public ::testing::Test {
 protected:
  Recorder() {
    recorder_.on_safe = [this](const std::vector<FitResult>& results) {
      safe_ += results.size();
      EXPECT_EQ(test::short_names(watch_.calls()).back(), "fdatasync journal.jsonl");
    };
  }
  /// An item that failed for good, as the coordinator hands it on.
  void append_item(const std::vector<std::size_t>& fits) {
    std::vector<FitSpec> specs;
    for (const std::size_t fit : fits) specs.push_back(spec_of(job_, run_.plan().fits[fit]));
    recorder_.append({.bytes = encode_fits(specs), .error = "no memory", .worker = Rank{}});
  }
  void append(std::size_t fit) { append_item({fit}); }

  testing::SmallRun run_;
  Job job_ = testing::small_job();
  RunDirectory directory_ = run_.open();
  test::DiskWatch watch_{run_.path()};
  RunCounters counters_;
  RunRecorder recorder_{directory_, job_, run_.plan(), counters_};
  std::size_t safe_ = 0;
};

TEST_F(Recorder, TellsOfResultsThatAreOnDisk) {
  append(0);
  append(1);
  EXPECT_EQ(safe_, 0U);
  EXPECT_EQ(counters_.failed, 0U);
  recorder_.flush();
  EXPECT_EQ(safe_, 2U);
  EXPECT_EQ(counters_.failed, 2U);
  append(2);
  recorder_.flush();
  EXPECT_EQ(safe_, 3U) << "each is told once";
}

TEST_F(Recorder, RecordsEachFitOfAnItemThatFailed) {
  append_item({0, 2, 3});
  recorder_.flush();
  EXPECT_EQ(safe_, 3U);
  EXPECT_EQ(counters_.failed, 3U);
  const RunRecords records = run_.load();
  for (const std::size_t fit : {0, 2, 3}) {
    const FitResult* result = records.find(run_.plan().fits[fit].id);
    ASSERT_NE(result, nullptr) << "fit " << fit;
    EXPECT_EQ(result->error, "no memory");
  }
}

TEST_F(Recorder, TellsOfNoneWhereTheFlushFails) {
  append(0);
  watch_.fail_once(0);
  EXPECT_THROW(recorder_.flush(), Error);
  EXPECT_TRUE(watch_.has_failed());
  EXPECT_EQ(safe_, 0U);
  EXPECT_EQ(counters_.failed, 0U);
}

}  // namespace
}  // namespace crossfold
