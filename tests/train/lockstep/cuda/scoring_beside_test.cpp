#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "crossfold/train/compute_device.h"

#include "device_kernels.h"
#include "scoring_thread.h"
#include "train/lockstep/cuda/planted_cohort.h"
#include "train/lockstep/cuda/watched_device.h"
#include "train/lockstep/outcomes.h"

// Scores on the host beside the device's work: what waits for what, by the order of events.

namespace crossfold::train {
namespace {

using test::expect_same;
using test::message_of;

/// Holds the scoring thread until it is opened. Who would wait for ever fails instead.
class Gate {
 public:
  explicit Gate(ScoringThread& scoring) {
    scoring.post(std::packaged_task<void()>([opened = opened_.get_future()] {
      constexpr std::chrono::seconds kLongest{60};
      EXPECT_EQ(opened.wait_for(kLongest), std::future_status::ready)
          << "the device waited for scores";
    }));
  }
  void open() { opened_.set_value(); }

 private:
  std::promise<void> opened_;
};

class ScoringBeside : public test::PlantedCohort {
 protected:
  /// Fits that end after their first epoch, and others that go on.
  [[nodiscard]] std::vector<FitTask> early_and_late() {
    candidates_.clear();
    for (const int epochs : {1, 3}) {
      training_of(add(CandidateKind::baseline)).epochs = epochs;
      training_of(add(CandidateKind::disentangled)).epochs = epochs;
    }
    return tasks();
  }
  [[nodiscard]] static std::size_t passes_of(const std::vector<FitTask>& all,
                                             std::optional<std::size_t> claimed = {}) {
    std::size_t passes = 0;
    test::WatchedDevice device(
        kMemory, [&](std::size_t) { ++passes; }, claimed);
    (void)train_on(device, all);
    return passes;
  }
  static void expect_all_same(const std::vector<FitOutcome>& found,
                              const std::vector<FitOutcome>& expected) {
    ASSERT_EQ(found.size(), expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
      SCOPED_TRACE(i);
      ASSERT_EQ(message_of(found[i].failure), "");
      expect_same(found[i].result, expected[i].result);
    }
  }
};

/// No score is made before the last pass over samples begins: the first fits ended long before.
TEST_F(ScoringBeside, TheDeviceGoesOnWhileFitsThatEndedEarlyWaitForTheirScores) {
  const std::vector<FitTask> all = early_and_late();
  const std::size_t passes = passes_of(all);
  ScoringThread scoring;
  Gate gate(scoring);
  test::WatchedDevice device(kMemory, [&](std::size_t gathered) {
    if (gathered + 1 == passes) gate.open();
  });
  expect_all_same(train_on(device, all, scoring), on_twins(all));
}

TEST_F(ScoringBeside, TheNextPartIsTrainedWhileTheOneBeforeWaitsForItsScores) {
  training_of(add(CandidateKind::baseline)).epochs = 1;
  training_of(add(CandidateKind::disentangled)).epochs = 1;
  const std::vector<FitTask> all = tasks();
  const cuda::CohortMemory memory = cuda::cohort_memory(
      study_.embedding.size() / study_.dim, study_.dim, 64,
      study_.samples.class_label.levels.size(), study_.samples.domain.levels.size());
  constexpr double kTrainingShare = 0.6;
  const auto for_two = static_cast<std::size_t>(
      static_cast<double>(memory.shared + 2 * memory.per_fit) / kTrainingShare + 1);
  const std::size_t passes = passes_of(all, for_two);
  ASSERT_GT(passes, passes_of(all)) << "all fits were trained at once";
  ScoringThread scoring;
  Gate gate(scoring);
  test::WatchedDevice device(
      kMemory,
      [&](std::size_t gathered) {
        if (gathered + 1 == passes) gate.open();
      },
      for_two);
  expect_all_same(train_on(device, all, scoring), on_twins(all));
}

/// Wherever memory runs out, also when fits that have ended wait for their scores: they are trained
/// again with the others, and nobody writes into them meanwhile.
TEST_F(ScoringBeside, ScoresAreMadeBeforeACohortIsHalved) {
  const std::vector<FitTask> all = early_and_late();
  const std::vector<FitOutcome> expected = on_twins(all);
  const std::size_t passes = passes_of(all);
  for (const std::size_t last : {std::size_t{0}, passes / 2, passes - 1}) {
    SCOPED_TRACE(last);
    ScoringThread scoring;
    Gate gate(scoring);
    std::atomic<bool> scored = false;
    test::WatchedDevice device(kMemory, [&](std::size_t gathered) {
      if (gathered == last + 1) {
        EXPECT_TRUE(scored);
      }
      if (gathered != last) return;
      scoring.post(std::packaged_task<void()>([&] { scored = true; }));
      gate.open();
      throw OutOfDeviceMemory();
    });
    expect_all_same(train_on(device, all, scoring), expected);
  }
}

TEST_F(ScoringBeside, ScoresAreMadeBeforeALostDeviceIsTold) {
  const std::vector<FitTask> all = early_and_late();
  const std::size_t last = passes_of(all) - 1;
  ScoringThread scoring;
  Gate gate(scoring);
  std::atomic<bool> scored = false;
  test::WatchedDevice device(kMemory, [&](std::size_t gathered) {
    if (gathered != last) return;
    scoring.post(std::packaged_task<void()>([&] { scored = true; }));
    gate.open();
    throw DeviceLost("fell off the bus");
  });
  EXPECT_THROW((void)train_on(device, all, scoring), DeviceLost);
  EXPECT_TRUE(scored);
}

TEST_F(ScoringBeside, FitsThatEndedBeforeAStopKeepTheirScores) {
  std::vector<FitTask> all = early_and_late();
  const std::vector<FitOutcome> expected = on_twins(all);
  std::atomic<bool> cancel = false;
  for (FitTask& task : all) task.cancel = &cancel;
  const std::size_t last = passes_of(all) - 1;
  ScoringThread scoring;
  Gate gate(scoring);
  std::size_t passes = 0;
  test::WatchedDevice device(kMemory, [&](std::size_t gathered) {
    passes = gathered + 1;
    if (gathered != last / 2) return;  // all early fits have ended
    cancel = true;
    gate.open();
  });
  const std::vector<FitOutcome> found = train_on(device, all, scoring);
  EXPECT_LT(passes, last);
  for (std::size_t i = 0; i < all.size(); ++i) {
    SCOPED_TRACE(i);
    if (training_of(*all[i].candidate).epochs == 1) {
      ASSERT_EQ(message_of(found[i].failure), "");
      expect_same(found[i].result, expected[i].result);
    } else {
      EXPECT_EQ(message_of(found[i].failure),
                "stopped on request (the fit is not finished). run again to go on");
    }
  }
}

/// As with any other fit, what a score fails with is that fit's failure.
TEST_F(ScoringBeside, AScoreThatCannotBeMadeFailsItsFitAlone) {
  training_of(add(CandidateKind::baseline)).epochs = 1;
  const std::vector<FitTask> all = tasks();
  const std::vector<FitOutcome> expected = on_twins(all);
  Experiment probed = study_.experiment;
  probed.probe_on = ProbeOn::embedding;
  ExperimentSamples one_domain = study_.samples;
  std::fill(one_domain.domain.codes.begin(), one_domain.domain.codes.end(), 0);
  std::vector<FitTask> some = all;
  some[1].experiment = &probed;
  some[1].samples = &one_domain;
  test::WatchedDevice device(kMemory);
  const std::vector<FitOutcome> found = train_on(device, some);
  EXPECT_NE(message_of(found[1].failure), "");
  for (const std::size_t i : {0U, 2U}) {
    ASSERT_EQ(message_of(found[i].failure), "");
    expect_same(found[i].result, expected[i].result);
  }
}

TEST(ScoringThread, WorksInOrderAndDoesAllBeforeItGoes) {
  std::string done;
  {
    ScoringThread scoring;
    for (const char c : {'a', 'b', 'c'})
      scoring.post(std::packaged_task<void()>([&done, c] { done += c; }));
    scoring.drain();
    EXPECT_EQ(done, "abc");
    scoring.drain();
    for (const char c : {'d', 'e'})
      scoring.post(std::packaged_task<void()>([&done, c] { done += c; }));
  }
  EXPECT_EQ(done, "abcde");
}

/// What work holds is gone when the work counts as done.
TEST(ScoringThread, LetsGoOfWorkThatIsDone) {
  ScoringThread scoring;
  auto held = std::make_shared<int>(0);
  scoring.post(std::packaged_task<void()>([held] { ++*held; }));
  scoring.drain();
  EXPECT_EQ(*held, 1);
  EXPECT_EQ(held.use_count(), 1);
}

}  // namespace
}  // namespace crossfold::train
