#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/train/compute_device.h"

#include "device_kernels.h"
#include "train/lockstep/cuda/planted_cohort.h"
#include "train/lockstep/cuda/watched_device.h"
#include "train/lockstep/outcomes.h"

// The lockstep loop with the kernels of a GPU, on the host twins.

namespace crossfold::train {
namespace {

using test::expect_same;
using test::message_of;

class DeviceCohort : public test::PlantedCohort {};

double worst_of(const std::vector<double>& a, const std::vector<double>& b) {
  EXPECT_EQ(a.size(), b.size());
  double worst = 0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    worst = std::max(worst, std::abs(a[i] - b[i]));
  return worst;
}

TEST_F(DeviceCohort, GivesTheCurvesAndScoresOfTheCpu) {
  for (const Standardize standardize : {Standardize::none, Standardize::train}) {
    candidates_.clear();
    study_.experiment.standardize = standardize;
    add(CandidateKind::baseline);
    add(CandidateKind::disentangled, 1);
    add(CandidateKind::disentangled, 10);
    std::get<DisentangledModel>(add(CandidateKind::disentangled, 3).model).domain_head =
        DomainHead::still;
    training_of(add(CandidateKind::disentangled, 2)).model = ScoredModel::best;
    const std::vector<FitTask> all = tasks();
    const std::vector<FitOutcome> found = on_twins(all), expected = on_cpu(all);
    double probabilities = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
      SCOPED_TRACE(i);
      ASSERT_EQ(message_of(found[i].failure), "");
      ASSERT_EQ(message_of(expected[i].failure), "");
      const FitResult &a = found[i].result, &b = expected[i].result;
      EXPECT_EQ(a.training.epochs, b.training.epochs);
      EXPECT_EQ(a.training.stop, b.training.stop);
      EXPECT_EQ(a.solver.solves, b.solver.solves);
      EXPECT_EQ(a.solver.unconverged, 0);
      EXPECT_LE(a.solver.worst_gradient, 1e-6);
      const Curves &x = *a.artefacts.curves, &y = *b.artefacts.curves;
      EXPECT_LT(worst_of(x.train_class_loss, y.train_class_loss), 1e-3);
      EXPECT_LT(worst_of(x.train_domain_loss, y.train_domain_loss), 1e-3);
      EXPECT_LT(worst_of(x.validation_loss, y.validation_loss), 1e-3);
      EXPECT_EQ(x.learning_rate, y.learning_rate);
      EXPECT_EQ(x.lambda, y.lambda);
      EXPECT_NEAR(*a.training.validation_loss, *b.training.validation_loss, 1e-3);
      EXPECT_NEAR(*a.probe->auc, *b.probe->auc, 3e-3);
      probabilities = std::max(probabilities, worst_of(a.artefacts.held_out->probabilities,
                                                       b.artefacts.held_out->probabilities));
    }
    RecordProperty(fmt::format("probabilities_{}", static_cast<int>(standardize)),
                   fmt::format("{:.1e}", probabilities));
    EXPECT_LT(probabilities, 3e-3);
  }
}

TEST_F(DeviceCohort, AFitsBitsDoNotDependOnItsCohort) {
  study_.experiment.standardize = Standardize::train;
  add_many(2);
  const std::vector<FitTask> all = tasks();
  ASSERT_GE(all.size(), 100U);
  const std::vector<FitOutcome> together = on_twins(all);
  expect_same_bits(all, together, 0, 1, on_twins);
  expect_same_bits(all, together, 53, 1, on_twins);
  expect_same_bits(all, together, 47, 7, on_twins);
  expect_same_bits(all, together, 95, 7, on_twins);
}

TEST_F(DeviceCohort, SplitsOfDifferentSizesMayShareACohort) {
  add(CandidateKind::disentangled);
  splits_[1].train.resize(splits_[1].train.size() - 64);  // an epoch of one batch less
  splits_[2].train.resize(40);                            // less than a batch
  const std::vector<FitTask> all = tasks();
  const std::vector<FitOutcome> together = on_twins(all), expected = on_cpu(all);
  for (std::size_t i = 0; i < all.size(); ++i) {
    SCOPED_TRACE(i);
    ASSERT_EQ(message_of(together[i].failure), "");
    expect_same(together[i].result, on_twins({all[i]}).front().result);
    EXPECT_LT(worst_of(together[i].result.artefacts.curves->train_class_loss,
                       expected[i].result.artefacts.curves->train_class_loss),
              1e-3);
  }
}

TEST_F(DeviceCohort, OneFitThatFailsLeavesTheOthersAlone) {
  add(CandidateKind::baseline);
  training_of(add(CandidateKind::disentangled)).learning_rate = 1e30;
  const std::vector<FitTask> all = tasks();
  const std::vector<FitOutcome> outcomes = on_twins(all);
  for (std::size_t i = 0; i < all.size(); ++i) {
    SCOPED_TRACE(i);
    if (all[i].candidate == &candidates_[0]) {
      ASSERT_EQ(message_of(outcomes[i].failure), "");
      expect_same(outcomes[i].result, on_twins({all[i]}).front().result);
    } else {
      EXPECT_NE(message_of(outcomes[i].failure).find("is not finite"), std::string::npos)
          << message_of(outcomes[i].failure);
    }
  }
}

TEST_F(DeviceCohort, StopsWhenTold) {
  add(CandidateKind::baseline);
  std::vector<FitTask> all = tasks();
  const std::atomic<bool> cancel = true;
  for (FitTask& task : all) task.cancel = &cancel;
  for (const FitOutcome& outcome : on_twins(all))
    EXPECT_EQ(message_of(outcome.failure),
              "stopped on request (the fit is not finished). run again to go on");
}

TEST_F(DeviceCohort, StopsInTheMiddleOfAnEpoch) {
  training_of(add(CandidateKind::baseline)).batch = 16;
  training_of(add(CandidateKind::disentangled)).batch = 16;
  std::vector<FitTask> all = tasks();
  std::atomic<bool> cancel = false;
  for (FitTask& task : all) task.cancel = &cancel;
  std::size_t steps = 0;
  test::WatchedDevice device(kMemory, [&](std::size_t gathered) {
    steps = gathered + 1;
    if (gathered == 1) cancel = true;  // in the second step of the first epoch
  });
  for (const FitOutcome& outcome : train_on(device, all))
    EXPECT_EQ(message_of(outcome.failure),
              "stopped on request (the fit is not finished). run again to go on");
  EXPECT_EQ(steps, 2U);
}

/// The worker leaves with it: no fit is blamed, wherever it happens.
TEST_F(DeviceCohort, ADeviceThatIsLostEndsTheWholeCohort) {
  training_of(add(CandidateKind::baseline)).epochs = 1;
  training_of(add(CandidateKind::disentangled)).epochs = 1;
  const std::vector<FitTask> all = tasks();
  std::size_t passes = 0;
  test::WatchedDevice whole(kMemory, [&](std::size_t) { ++passes; });
  for (const FitOutcome& outcome : train_on(whole, all)) EXPECT_EQ(message_of(outcome.failure), "");
  ASSERT_GT(passes, 4U);
  for (const std::size_t last : {std::size_t{0}, passes / 2, passes - 1}) {
    test::WatchedDevice device(kMemory, [&](std::size_t gathered) {
      if (gathered == last) throw DeviceLost("fell off the bus");
    });
    EXPECT_THROW((void)train_on(device, all), DeviceLost) << last << " of " << passes;
  }
}

/// Halved, and once more; what still does not fit fails with the numbers.
TEST_F(DeviceCohort, CohortsThatAreTooLargeAreHalvedTwice) {
  for (int i = 0; i < 4; ++i) training_of(add(CandidateKind::baseline)).epochs = 1;
  const std::vector<FitTask> all = tasks();
  ASSERT_EQ(all.size(), 12U);
  test::WatchedDevice roomy(kMemory);
  const std::vector<FitOutcome> expected = train_on(roomy, all);
  const auto with_memory = [&](double share) {
    const auto memory = static_cast<std::size_t>(share * static_cast<double>(roomy.peak()));
    test::WatchedDevice device(
        memory, [](std::size_t) {}, kMemory);
    return train_on(device, all);
  };
  for (const double share : {0.75, 0.45}) {  // of a half, and of a quarter of the fits
    SCOPED_TRACE(share);
    const std::vector<FitOutcome> found = with_memory(share);
    for (std::size_t i = 0; i < all.size(); ++i) {
      ASSERT_EQ(message_of(found[i].failure), "");
      expect_same(found[i].result, expected[i].result);
    }
  }
  for (const FitOutcome& outcome : with_memory(0.2))
    EXPECT_THAT(message_of(outcome.failure),
                ::testing::StartsWith("the memory of the GPU does not suffice (3 fits at a time "
                                      "take "));
}

/// Means over many fits agree, though single probabilities drift apart in the last digits.
TEST_F(DeviceCohort, MeansOfFiftyFitsAgreeWithTheCpus) {
  std::vector<StreamKey> keys;
  std::vector<Split> splits;
  for (std::uint32_t i = 0; i < 50; ++i) {
    keys.push_back({.root_seed = 1, .seed = SeedIndex(i / 10), .fold = FoldIndex(i % 10)});
    splits.push_back(make_split(study_.samples, Label::class_label, SplitSettings{}, keys.back(),
                                Validation::set_aside));
  }
  keys_ = keys;
  splits_ = splits;
  for (const CandidateKind kind : {CandidateKind::baseline, CandidateKind::disentangled}) {
    candidates_.clear();
    training_of(add(kind)).epochs = 3;
    const std::vector<FitTask> all = tasks();
    const std::vector<FitOutcome> found = on_twins(all), expected = on_cpu(all);
    double task = 0, domain = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
      ASSERT_EQ(message_of(found[i].failure), "");
      task += (*found[i].result.held_out.auc - *expected[i].result.held_out.auc) / 50;
      domain += (*found[i].result.probe->auc - *expected[i].result.probe->auc) / 50;
    }
    EXPECT_NEAR(task, 0, 0.003);
    EXPECT_NEAR(domain, 0, 0.003);
  }
}

TEST_F(DeviceCohort, SaysThatTheMemoryDoesNotSuffice) {
  add(CandidateKind::baseline);
  const std::vector<FitTask> all = tasks();
  const auto device = cuda::make_twin_device(1 << 20);
  EXPECT_THROW((void)train(all,
                           [&](CohortData data) {
                             return cuda::make_device_kernels(std::move(data), *device);
                           }),
               OutOfDeviceMemory);
}

/// Evaluation takes as many fits at a time as memory allows.
TEST_F(DeviceCohort, FitsAreEvaluatedInPartsWhereMemoryIsShort) {
  training_of(add(CandidateKind::disentangled)).epochs = 2;
  training_of(add(CandidateKind::disentangled, 5)).epochs = 2;
  const std::vector<FitTask> all = tasks();
  const std::vector<FitOutcome> expected = on_twins(all);
  const auto device = cuda::make_twin_device(std::size_t{24} << 20);
  const std::vector<FitOutcome> found = train(
      all, [&](CohortData data) { return cuda::make_device_kernels(std::move(data), *device); });
  for (std::size_t i = 0; i < all.size(); ++i) {
    ASSERT_EQ(message_of(found[i].failure), "");
    expect_same(found[i].result, expected[i].result);
  }
}

}  // namespace
}  // namespace crossfold::train
