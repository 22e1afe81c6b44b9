#include "gpu_cohort.h"

#include <cstddef>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "cuda_part.h"
#include "train/lockstep/cuda/planted_cohort.h"
#include "train/lockstep/outcomes.h"

// Whole cohorts on a GPU, beside the twins and beside themselves.

namespace crossfold::train::cuda {
namespace {

using test::expect_same;
using test::message_of;

class GpuCohort : public test::PlantedCohort {
 protected:
  void SetUp() override {
    const CudaPart* const part = cuda_part();
    if (part == nullptr) GTEST_SKIP() << "this program is built without CUDA";
    if (part->visible_gpus() == 0) GTEST_SKIP() << "no GPU is visible here";
    gpu_ = part->open(0);
    study_.experiment.standardize = Standardize::train;
  }
  /// 102 fits that end at different times.
  [[nodiscard]] std::vector<FitTask> many() {
    for (int i = 0; i < 17; ++i) {
      training_of(add(CandidateKind::baseline)).epochs = 1 + i % 3;
      Candidate& remedy = add(CandidateKind::disentangled, 1 + i);
      training_of(remedy).epochs = 1 + i % 3;
      training_of(remedy).learning_rate = 1e-3 * (1 + i % 3);
      if (i % 4 == 0) training_of(remedy).model = ScoredModel::best;
      if (i % 5 == 0) std::get<DisentangledModel>(remedy.model).domain_head = DomainHead::still;
    }
    return tasks();
  }

  std::unique_ptr<Device> gpu_;
};

TEST_F(GpuCohort, BitsDependNeitherOnTheCohortNorOnTheRun) {
  const std::vector<FitTask> all = many();
  const std::vector<FitOutcome> together = train_on(*gpu_, all);
  const auto compare = [&](std::size_t first, std::size_t count) {
    const std::vector<FitOutcome> some =
        train_on(*gpu_, {all.begin() + static_cast<std::ptrdiff_t>(first),
                         all.begin() + static_cast<std::ptrdiff_t>(first + count)});
    for (std::size_t i = 0; i < count; ++i) {
      SCOPED_TRACE(first + i);
      ASSERT_EQ(message_of(some[i].failure), "");
      expect_same(some[i].result, together[first + i].result);
    }
  };
  compare(0, all.size());
  compare(0, 1);
  compare(53, 1);
  compare(47, 7);
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
