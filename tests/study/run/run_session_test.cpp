// The exit code of a run that ends with work left: what it tells the batch script to do next.

#include "run_session.h"

#include <atomic>
#include <cstddef>
#include <string>

#include <gtest/gtest.h>

#include "crossfold/core/error.h"
#include "crossfold/core/log.h"
#include "crossfold/plan/fit_spec.h"
#include "crossfold/results/cohort_record.h"

#include "core/expect_error.h"
#include "plan/sample_result.h"
#include "study/small_study.h"

namespace crossfold {
namespace {

constexpr int kAskForAnother = 75;
constexpr const char* kTooShort =
    "--time-limit: 1 min 0 s was too short for a single fit, so that the same command would end "
    "like this again and again (--stop-within keeps 25 s of it). give more time";

/// What the fleet reports of one session.
struct Reported {
  std::size_t trained = 0;
  std::size_t failed = 0;
};

class StoppedRun : public ::testing::Test {
 protected:
  /// Fits from `first` of the plan on are reported, then time is up.
  int code_after(const std::string& run, const Reported& reported, std::size_t first = 0) {
    Study study = small_.load();
    const RunControl control{.stop = &stop_};
    RunSession session(study, small_.file(run), {.pinning = Pinning::off}, control);
    session.begin(
        "alone", 1,
        make_worker_setup({.device = DeviceChoice::cpu, .pinning = Pinning::off}, study.job));
    for (std::size_t i = 0; i < reported.trained; ++i) {
      FitRecord fit{.result = testing::full_result(study.plan.fits.at(first + i).id),
                    .artefacts = std::nullopt,
                    .origin = {}};
      fit.result.artefacts = {};
      session.sink().submit(
          {.bytes = encode_cohort({.first_fit = fit.result.id}, fit.origin, {fit}),
           .error = std::nullopt,
           .worker = Rank{}});
    }
    for (std::size_t i = 0; i < reported.failed; ++i) {
      const Fit& fit = study.plan.fits.at(first + reported.trained + i);
      session.sink().submit({.bytes = encode_fits(std::vector{spec_of(study.job, fit)}),
                             .error = "no memory",
                             .worker = Rank{}});
    }
    fleet::FleetReport report;
    report.end = fleet::FleetEnd::stopped;
    return session.finish(report, {.stop_within_s = 20, .time_limit_s = 60});
  }

  const QuietLog quiet_;
  test::SmallStudy small_;
  std::atomic<bool> stop_ = false;
};

/// Time was enough for fits to end, be it that they failed: the next session may come further.
TEST_F(StoppedRun, AsksForAnotherWhateverBecameOfItsFits) {
  EXPECT_EQ(code_after("trained.run", {.trained = 1}), kAskForAnother);
  EXPECT_EQ(code_after("failed.run", {.failed = 1}), kAskForAnother);
  EXPECT_EQ(code_after("all-failed.run", {.failed = 17}), kAskForAnother);
  EXPECT_EQ(code_after("both.run", {.trained = 2, .failed = 3}), kAskForAnother);
}

TEST_F(StoppedRun, AsksForMoreTimeWhereNoFitEndedInIt) {
  expect_error(ErrorCode::usage, kTooShort, [&] { (void)code_after("a.run", {}); });
  ASSERT_EQ(code_after("a.run", {.trained = 1}), kAskForAnother);
  expect_error(ErrorCode::usage, kTooShort, [&] { (void)code_after("a.run", {}); });
  ASSERT_EQ(code_after("a.run", {.failed = 1}, 1), kAskForAnother);
  expect_error(ErrorCode::usage, kTooShort, [&] { (void)code_after("a.run", {}); });
}

TEST_F(StoppedRun, AsksForAnotherWhereSomebodyStoppedIt) {
  stop_ = true;
  EXPECT_EQ(code_after("a.run", {}), kAskForAnother);
  EXPECT_EQ(code_after("a.run", {.failed = 1}), kAskForAnother);
}

}  // namespace
}  // namespace crossfold
