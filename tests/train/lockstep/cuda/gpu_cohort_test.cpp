#include "gpu_cohort.h"

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "train/lockstep/cuda/open_gpu.h"
#include "train/lockstep/cuda/planted_cohort.h"
#include "train/lockstep/outcomes.h"

// Whole cohorts on a GPU, beside the twins and beside themselves.

namespace crossfold::train::cuda {
namespace {

using test::message_of;

class GpuCohort : public test::PlantedCohort {
 protected:
  void SetUp() override {
    test::OpenedGpu opened = test::open_gpu();
    if (!opened.gpu) GTEST_SKIP() << opened.why_not;
    gpu_ = std::move(opened.gpu);
    study_.experiment.standardize = Standardize::train;
  }

  std::unique_ptr<Device> gpu_;
};

TEST_F(GpuCohort, BitsDependNeitherOnTheCohortNorOnTheRun) {
  add_many(3);
  const std::vector<FitTask> all = tasks();
  const auto on_gpu = [&](const std::vector<FitTask>& some) { return train_on(*gpu_, some); };
  const std::vector<FitOutcome> together = on_gpu(all);
  expect_same_bits(all, together, 0, all.size(), on_gpu);
  expect_same_bits(all, together, 0, 1, on_gpu);
  expect_same_bits(all, together, 53, 1, on_gpu);
  expect_same_bits(all, together, 47, 7, on_gpu);
}

TEST_F(GpuCohort, CurvesAndScoresAreTheTwins) {
  add(CandidateKind::baseline);
  add(CandidateKind::disentangled, 3);
  const std::vector<FitTask> all = tasks();
  const std::vector<FitOutcome> found = train_on(*gpu_, all), expected = on_twins(all);
  for (std::size_t i = 0; i < all.size(); ++i) {
    SCOPED_TRACE(i);
    ASSERT_EQ(message_of(found[i].failure), "");
    const FitResult &a = found[i].result, &b = expected[i].result;
    EXPECT_LE(a.solver.worst_gradient, 1e-6);
    EXPECT_NEAR(*a.held_out.auc, *b.held_out.auc, 3e-3);
    EXPECT_NEAR(*a.probe->auc, *b.probe->auc, 3e-3);
    const std::vector<double>&losses = a.artefacts.curves->train_class_loss,
          &theirs = b.artefacts.curves->train_class_loss;
    ASSERT_EQ(losses.size(), theirs.size());
    for (std::size_t epoch = 0; epoch < losses.size(); ++epoch)
      EXPECT_NEAR(losses[epoch], theirs[epoch], 1e-3);
  }
}

}  // namespace
}  // namespace crossfold::train::cuda
