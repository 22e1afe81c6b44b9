// What comes back of a work item, field by field: the engine here trains nothing, it answers.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/core/error.h"
#include "crossfold/core/utc_time.h"
#include "crossfold/plan/artefact_bytes.h"
#include "crossfold/results/cohort_record.h"
#include "crossfold/study/worker_setup.h"

#include "cohort_trainer.h"
#include "fit_runner.h"
#include "hdf5/scratch_folder.h"
#include "plan/sample_result.h"
#include "plan/small_study.h"
#include "replay_runner.h"

namespace crossfold {
namespace {

using ::testing::IsEmpty;

/// Answers each task in turn.
using Answer = std::function<FitOutcome(std::size_t task)>;

class AnsweringEngine final : public Engine {
 public:
  explicit AnsweringEngine(Answer answer) : answer_(std::move(answer)) {}
  [[nodiscard]] std::vector<FitOutcome> fit_cohort(std::span<const FitTask> cohort) override {
    std::vector<FitOutcome> outcomes;
    for (std::size_t task = 0; task < cohort.size(); ++task) outcomes.push_back(answer_(task));
    return outcomes;
  }

 private:
  Answer answer_;
};

FitOutcome failing(const std::exception_ptr& why) { return {.result = {}, .failure = why}; }
template <class Exception>
FitOutcome failing(Exception why) {
  return failing(std::make_exception_ptr(std::move(why)));
}

/// A study without a store: two embedding sets of 16 and 8 columns.
class FitTasks : public ::testing::Test {
 protected:
  void set(const Job& job, const Plan& plan) {
    plan_ = plan;
    shared_ = {.job = job, .store = {}, .basis = plan.basis, .hash = {}};
    matrices_.clear();
    views_.clear();
    for (const EmbeddingInfo& info : plan.basis.embeddings)
      matrices_.emplace_back(info.rows * info.dim, 0.5F);
    for (const std::vector<float>& matrix : matrices_) views_.emplace_back(matrix);
  }
  [[nodiscard]] CohortTrainer trainer(const Answer& answer) {
    return {shared_, views_, std::make_unique<AnsweringEngine>(answer)};
  }
  [[nodiscard]] static fleet::WorkItem item_of(std::span<const FitSpec> fits) {
    return {.id = {}, .cost = 1, .bytes = encode_fits(fits)};
  }
  [[nodiscard]] std::vector<FitSpec> specs(std::initializer_list<std::size_t> fits) const {
    std::vector<FitSpec> found;
    for (const std::size_t fit : fits) {
      found.push_back(spec_of(shared_.job, plan_.fits[fit]));
      found.back().cost = 100.0 + static_cast<double>(fit);
    }
    return found;
  }

  Plan plan_;
  SharedStudy shared_;
  std::vector<std::vector<float>> matrices_;
  EmbeddingViews views_;
  const std::atomic<bool> cancel_ = false;
};

/// Each fit of an item has its own end, whatever those beside it come to.
TEST_F(FitTasks, ComeToWhatEachOfThemCameTo) {
  set(testing::small_job(), testing::small_plan());
  const std::vector<FitSpec> fits = specs({0, 1, 2, 3, 4, 5});
  const auto answer = [](std::size_t task) -> FitOutcome {
    if (task == 1) return failing(Error(ErrorCode::bad_input, "no such label"));
    if (task == 2) return failing(Error(ErrorCode::stopped, "stopped"));
    if (task == 4) return failing(std::bad_alloc());
    FitOutcome outcome;
    outcome.result.seconds = static_cast<double>(task);
    return outcome;
  };
  CohortTrainer looked_at = trainer(answer);
  std::vector<FitResult> taken;
  const fleet::Outcome outcome = looked_at.run(item_of(fits), cancel_, [&](FitResult result) {
    taken.push_back(std::move(result));
    if (taken.size() == 3) throw std::bad_alloc();  // where its artefacts are written
  });
  ASSERT_EQ(taken.size(), 3U);
  for (const auto& [place, task] : {std::pair(0U, 0U), std::pair(1U, 3U), std::pair(2U, 5U)}) {
    EXPECT_EQ(taken[place].id, fits[task].id);
    EXPECT_EQ(taken[place].seconds, task);
  }
  EXPECT_EQ(outcome.results, "");
  ASSERT_EQ(outcome.left.size(), 1U);
  EXPECT_EQ(outcome.left[0].cost, 102);
  ASSERT_EQ(decode_fits(outcome.left[0].bytes).size(), 1U);
  EXPECT_EQ(decode_fits(outcome.left[0].bytes)[0].id, fits[2].id);
  ASSERT_EQ(outcome.failures.size(), 3U);
  for (const auto& [place, task, error] :
       {std::tuple(0U, 1U, "no such label"), std::tuple(1U, 4U, "out of memory"),
        std::tuple(2U, 5U, "out of memory")}) {
    const fleet::Failure& failure = outcome.failures[place];
    EXPECT_EQ(failure.error, error);
    EXPECT_EQ(failure.cost, fits[task].cost);
    ASSERT_EQ(decode_fits(failure.bytes).size(), 1U);
    EXPECT_EQ(decode_fits(failure.bytes)[0].id, fits[task].id);
  }
}

/// An engine that throws for all of its cohort.
TEST_F(FitTasks, FailTogetherWhereTheEngineFails) {
  set(testing::small_job(), testing::small_plan());
  CohortTrainer looked_at =
      trainer([](std::size_t) -> FitOutcome { throw Error(ErrorCode::io, "broken"); });
  const fleet::Outcome outcome = looked_at.run(
      item_of(specs({7, 8})), cancel_, [](FitResult) { ADD_FAILURE() << "it was trained"; });
  EXPECT_THAT(outcome.left, IsEmpty());
  ASSERT_EQ(outcome.failures.size(), 2U);
  for (const std::size_t i : {0U, 1U}) {
    EXPECT_EQ(outcome.failures[i].error, "broken");
    EXPECT_EQ(decode_fits(outcome.failures[i].bytes).at(0).id, plan_.fits[7 + i].id);
  }
}

class WrittenTasks : public FitTasks {
 protected:
  /// Results of which every other one leaves something behind.
  [[nodiscard]] static FitOutcome answer(std::size_t task) {
    FitOutcome outcome;
    outcome.result = testing::full_result();
    outcome.result.n_train = static_cast<std::uint32_t>(task);
    if (task % 2 == 1) outcome.result.artefacts = {};
    return outcome;
  }
  const Origin origin_{.host = "beta", .device = "cpu core 3", .equivalence_class = "build A"};
};

TEST_F(WrittenTasks, AreSentHomeWithWhereTheirArtefactsLie) {
  set(testing::small_job(), testing::small_plan());
  const test::ScratchFolder folder;
  std::filesystem::create_directories(folder / "segments" / "0001-ab");
  bool keeps = true;
  FitRunner runner(
      trainer([&](std::size_t task) { return answer(keeps ? task : 1); }),
      std::make_unique<SegmentWriter>(SegmentFolder{folder.path(), "0001-ab"}, Rank{2}), origin_);
  std::uint64_t end = 0;
  for (const std::size_t first : {3U, 10U}) {
    const std::vector<FitSpec> fits = specs({first, first + 1, first + 2});
    const double before = unix_now_s();
    const CohortResults cohort = decode_cohort(runner.run(item_of(fits), cancel_).results);
    runner.settle();
    EXPECT_EQ(cohort.times.first_fit, fits[0].id);
    EXPECT_GE(cohort.times.start_s, before - 1e-3);
    EXPECT_GE(cohort.times.seconds, cohort.times.write_s);
    EXPECT_GT(cohort.times.write_s, 0);
    ASSERT_EQ(cohort.fits.size(), 3U);
    for (std::size_t i = 0; i < 3; ++i) {
      const FitRecord& record = cohort.fits[i];
      EXPECT_EQ(record.result.id, fits[i].id);
      EXPECT_EQ(record.result.n_train, i);
      EXPECT_EQ(record.origin.host, "beta");
      EXPECT_EQ(record.origin.device, "cpu core 3");
      EXPECT_EQ(record.origin.equivalence_class, "build A");
      EXPECT_EQ(record.artefacts.has_value(), i != 1);
      if (!record.artefacts) continue;
      EXPECT_EQ(record.artefacts->segment, "0001-ab/0002.bin");
      EXPECT_GT(record.artefacts->offset, end);
      end = record.artefacts->offset + record.artefacts->bytes;
      const std::string segment = test::bytes_of(folder / "segments" / "0001-ab" / "0002.bin");
      EXPECT_EQ(segment.substr(record.artefacts->offset, record.artefacts->bytes),
                artefacts_to_bytes(fits[i].id, testing::full_result().artefacts));
    }
  }
  keeps = false;
  EXPECT_EQ(decode_cohort(runner.run(item_of(specs({20})), cancel_).results).times.write_s, 0)
      << "what was written before is not counted again";
}

/// That time was spent all the same.
TEST_F(WrittenTasks, TellTheirTimesWhereAllFailed) {
  set(testing::small_job(), testing::small_plan());
  FitRunner runner(trainer([](std::size_t) { return failing(Error(ErrorCode::io, "no luck")); }),
                   nullptr, origin_);
  const fleet::Outcome outcome = runner.run(item_of(specs({4, 5})), cancel_);
  EXPECT_EQ(outcome.failures.size(), 2U);
  const CohortResults cohort = decode_cohort(outcome.results);
  EXPECT_THAT(cohort.fits, IsEmpty());
  EXPECT_EQ(cohort.times.first_fit, plan_.fits[4].id);
  EXPECT_EQ(cohort.times.write_s, 0);
}

TEST_F(WrittenTasks, AreReplayedWithTheirOwnArtefacts) {
  set(testing::small_job(), testing::small_plan());
  ReplayRunner runner(trainer([](std::size_t task) {
                        return task == 2 ? failing(Error(ErrorCode::io, "no luck")) : answer(task);
                      }),
                      origin_);
  const std::vector<FitSpec> fits = specs({3, 4, 5, 6});
  fleet::Outcome outcome = runner.run(item_of(fits), cancel_);
  ASSERT_EQ(outcome.failures.size(), 1U);
  ReplaySink sink;
  sink.submit({.bytes = outcome.results, .error = std::nullopt, .worker = Rank{}});
  EXPECT_EQ(sink.done(), 3U);
  EXPECT_EQ(sink.failed(), 0U);
  for (int time = 1; time <= 2; ++time) {  // told twice, it is counted once
    sink.submit({.bytes = outcome.failures[0].bytes, .error = "no luck", .worker = Rank{}});
    EXPECT_EQ(sink.done(), 4U);
    EXPECT_EQ(sink.failed(), 1U);
  }
  EXPECT_EQ(sink.durable(), 3U);
  const std::vector<ReplayedFit> found =
      sink.take({fits[3].id, plan_.fits[20].id, fits[2].id, fits[0].id});
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0].result.id, fits[3].id);
  EXPECT_EQ(found[0].result.n_train, 3U);
  EXPECT_TRUE(found[0].result.artefacts.empty());
  EXPECT_EQ(found[0].origin.host, "beta");
  EXPECT_EQ(found[1].result.id, fits[2].id);
  EXPECT_EQ(found[1].result.error, "no luck");
  EXPECT_EQ(found[2].result.artefacts.held_out->probabilities,
            testing::full_result().artefacts.held_out->probabilities);
}

}  // namespace
}  // namespace crossfold
