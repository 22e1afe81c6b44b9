#include "lockstep_engine.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <optional>
#include <pthread.h>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "crossfold/core/error.h"
#include "crossfold/core/validation_errors.h"

#include "planted_candidates.h"
#include "train/lockstep/outcomes.h"

namespace crossfold {
namespace {

using test::expect_same;
using test::message_of;
using Study = test::PlantedCandidates;

TEST(LockstepEngine, AFitsBitsDoNotDependOnItsCohort) {
  Study study(0.1);
  study.add(CandidateKind::baseline);
  study.add(CandidateKind::disentangled, 1);
  study.add(CandidateKind::linear);
  training_of(study.add(CandidateKind::disentangled, 10)).learning_rate = 1e-2;
  std::get<DisentangledModel>(study.add(CandidateKind::disentangled, 3).model).domain_head =
      DomainHead::still;
  training_of(study.add(CandidateKind::baseline)).epochs = 2;
  const std::vector<FitOutcome> together = study.run(EngineKind::lockstep);
  const std::vector<FitTask> tasks = study.tasks();
  ASSERT_EQ(together.size(), tasks.size());
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    SCOPED_TRACE(i);
    ASSERT_EQ(message_of(together[i].failure), "");
    expect_same(together[i].result, make_engine(EngineKind::lockstep, {})->fit(tasks[i]));
  }
}

/// Whatever trains the networks, and wherever in a cohort they stand.
TEST(MakeEngine, SolvesLinearModelsBesideTheNetworksOfEveryEngine) {
  Study study(0.1);
  study.add(CandidateKind::linear);
  training_of(study.add(CandidateKind::baseline)).epochs = 1;
  std::get<LinearModel>(study.add(CandidateKind::linear).model).c = 0.01;
  const std::vector<FitOutcome> lockstep = study.run(EngineKind::lockstep);
  const std::vector<FitOutcome> reference = study.run(EngineKind::reference);
  for (const std::size_t i : {0, 2}) {
    ASSERT_EQ(message_of(lockstep[i].failure), "");
    EXPECT_EQ(lockstep[i].result.training.stop, StopReason::closed_form);
    expect_same(lockstep[i].result, reference[i].result);
  }
  EXPECT_EQ(lockstep[1].result.training.epochs, 1);
  EXPECT_EQ(reference[1].result.training.epochs, 1);
  EXPECT_NE(lockstep[0].result.held_out.auc, lockstep[2].result.held_out.auc);
}

/// Tasks of every candidate on each of some splits of a study, in turn.
struct ManySplits {
  explicit ManySplits(const Study& of) : study(&of) {
    for (std::uint32_t fold = 0; fold < 3; ++fold) {
      keys.push_back({.root_seed = 1, .seed = SeedIndex(0), .fold = FoldIndex(fold)});
      splits.push_back(make_split(of.samples, Label::class_label, SplitSettings{}, keys.back(),
                                  Validation::set_aside));
    }
  }
  [[nodiscard]] std::vector<FitTask> tasks() const {
    std::vector<FitTask> all;
    for (std::size_t split = 0; split < splits.size(); ++split) {
      for (FitTask task : study->tasks()) {
        task.split = &splits[split];
        task.key = keys[split];
        all.push_back(task);
      }
    }
    return all;
  }

  const Study* study;
  std::vector<StreamKey> keys;
  std::vector<Split> splits;
};

/// A candidate that forgets domain and sex, each with a lambda of its own.
void add_two_adversaries(Study& study) {
  Candidate& both = study.add(CandidateKind::disentangled, 1);
  LambdaSchedule own = std::get<DisentangledModel>(both.model).lambda;
  own.from = 3;
  std::get<DisentangledModel>(both.model).adversaries = {{.of = "domain"},
                                                         {.of = "sex", .lambda = own}};
}

TEST(LockstepEngine, AdversariesOfOthersInTheCohortLeaveAFitsBits) {
  Study study(0.1);
  study.add_sex();
  std::get<DisentangledModel>(study.add(CandidateKind::disentangled, 1).model).adversaries = {
      {.of = "sex"}};
  add_two_adversaries(study);
  study.add(CandidateKind::baseline);
  study.add(CandidateKind::disentangled, 1);
  const std::vector<FitOutcome> together = study.run(EngineKind::lockstep);
  const std::vector<FitTask> tasks = study.tasks();
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    SCOPED_TRACE(i);
    ASSERT_EQ(message_of(together[i].failure), "");
    expect_same(together[i].result, make_engine(EngineKind::lockstep, {})->fit(tasks[i]));
  }
}

TEST(LockstepEngine, CurvesOfSeveralAdversariesAreTheReferenceEngines) {
  Study study(1);
  study.add_sex();
  add_two_adversaries(study);
  std::get<DisentangledModel>(study.add(CandidateKind::disentangled, 3).model).adversaries = {
      {.of = "sex"}};
  const std::vector<FitOutcome> found = study.run(EngineKind::lockstep);
  const std::vector<FitOutcome> expected = study.run(EngineKind::reference);
  for (std::size_t i = 0; i < found.size(); ++i) {
    SCOPED_TRACE(i);
    ASSERT_EQ(message_of(found[i].failure), "");
    ASSERT_EQ(message_of(expected[i].failure), "");
    const Curves& a = *found[i].result.artefacts.curves;
    const Curves& b = *expected[i].result.artefacts.curves;
    ASSERT_EQ(a.further_adversaries.size(), i == 0 ? 1U : 0U);
    ASSERT_EQ(b.further_adversaries.size(), a.further_adversaries.size());
    for (std::size_t epoch = 0; epoch < 5; ++epoch) {
      EXPECT_NEAR(a.train_class_loss[epoch], b.train_class_loss[epoch], 1e-3);
      EXPECT_NEAR(a.train_domain_loss[epoch], b.train_domain_loss[epoch], 1e-3);
      for (std::size_t j = 0; j < a.further_adversaries.size(); ++j)
        EXPECT_NEAR(a.further_adversaries[j].train_loss[epoch],
                    b.further_adversaries[j].train_loss[epoch], 1e-3);
    }
    EXPECT_EQ(a.lambda, b.lambda);
    for (std::size_t j = 0; j < a.further_adversaries.size(); ++j) {
      EXPECT_EQ(a.further_adversaries[j].lambda, std::vector<double>(5, 3.0));
      EXPECT_EQ(b.further_adversaries[j].lambda, a.further_adversaries[j].lambda);
    }
    EXPECT_EQ(found[i].result.solver.solves, expected[i].result.solver.solves);
  }
}

TEST(LockstepEngine, CurvesWithWeightsAreTheReferenceEngines) {
  Study study(1);
  study.experiment.weights = {Label::class_label, Label::domain};
  study.add(CandidateKind::baseline);
  study.add(CandidateKind::disentangled, 1);
  const std::vector<FitOutcome> found = study.run(EngineKind::lockstep);
  const std::vector<FitOutcome> expected = study.run(EngineKind::reference);
  study.experiment.weights.clear();
  const std::vector<FitOutcome> plain = study.run(EngineKind::lockstep);
  for (std::size_t i = 0; i < found.size(); ++i) {
    SCOPED_TRACE(i);
    ASSERT_EQ(message_of(found[i].failure), "");
    const Curves& a = *found[i].result.artefacts.curves;
    const Curves& b = *expected[i].result.artefacts.curves;
    const Curves& without = *plain[i].result.artefacts.curves;
    for (std::size_t epoch = 0; epoch < 5; ++epoch) {
      EXPECT_NEAR(a.train_class_loss[epoch], b.train_class_loss[epoch], 1e-3);
      EXPECT_NEAR(a.validation_loss[epoch], b.validation_loss[epoch], 1e-3);
    }
    EXPECT_GT(std::abs(a.validation_loss[0] - without.validation_loss[0]), 1e-3);
  }
}

TEST(LockstepEngine, AFitsBitsDoNotDependOnTheSplitsOfItsCohort) {
  for (const Standardize standardize : {Standardize::none, Standardize::train}) {
    Study study(0.1);
    study.experiment.standardize = standardize;
    study.add(CandidateKind::baseline);
    training_of(study.add(CandidateKind::disentangled, 1)).model = ScoredModel::best;
    const ManySplits splits(study);
    std::vector<FitTask> tasks = splits.tasks();
    // Splits in turn, so that no two fits behind one another share one.
    std::stable_sort(tasks.begin(), tasks.end(),
                     [](const FitTask& a, const FitTask& b) { return a.candidate < b.candidate; });
    const std::vector<FitOutcome> together =
        make_engine(EngineKind::lockstep, {})->fit_cohort(tasks);
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      SCOPED_TRACE(i);
      ASSERT_EQ(message_of(together[i].failure), "");
      expect_same(together[i].result, make_engine(EngineKind::lockstep, {})->fit(tasks[i]));
    }
  }
}

TEST(LockstepEngine, ASplitThatCannotBeTrainedOnFailsItsFitsAlone) {
  Study study(0.1);
  study.add(CandidateKind::baseline);
  ManySplits splits(study);
  splits.splits[1].train.resize(1);
  const std::vector<FitTask> tasks = splits.tasks();
  const std::vector<FitOutcome> outcomes = make_engine(EngineKind::lockstep, {})->fit_cohort(tasks);
  EXPECT_EQ(message_of(outcomes[0].failure), "");
  EXPECT_EQ(message_of(outcomes[1].failure),
            "a mini-batch of one sample (batch size 256, 1 training samples; batch normalisation "
            "needs two or more). use larger batches or more samples");
  EXPECT_EQ(message_of(outcomes[2].failure), "");
  expect_same(outcomes[2].result, make_engine(EngineKind::lockstep, {})->fit(tasks[2]));
}

TEST(LockstepEngine, CurvesOfFiveEpochsAreTheReferenceEngines) {
  Study study(1);
  study.add(CandidateKind::baseline);
  study.add(CandidateKind::disentangled, 1);
  study.add(CandidateKind::disentangled, 10);
  const std::vector<FitOutcome> found = study.run(EngineKind::lockstep);
  const std::vector<FitOutcome> expected = study.run(EngineKind::reference);
  for (std::size_t i = 0; i < found.size(); ++i) {
    SCOPED_TRACE(i);
    const Curves& a = *found[i].result.artefacts.curves;
    const Curves& b = *expected[i].result.artefacts.curves;
    ASSERT_EQ(a.train_class_loss.size(), 5U);
    double worst = 0;
    for (std::size_t epoch = 0; epoch < 5; ++epoch) {
      worst = std::max(worst, std::abs(a.train_class_loss[epoch] - b.train_class_loss[epoch]));
      worst = std::max(worst, std::abs(a.validation_loss[epoch] - b.validation_loss[epoch]));
      if (i > 0)
        worst = std::max(worst, std::abs(a.train_domain_loss[epoch] - b.train_domain_loss[epoch]));
    }
    RecordProperty(fmt::format("worst_{}", i), fmt::format("{:.1e}", worst));
    EXPECT_LT(worst, 1e-3);
    EXPECT_EQ(a.learning_rate, b.learning_rate);
    EXPECT_EQ(a.lambda, b.lambda);
  }
}

TEST(LockstepEngine, FillsInAllThatTheReferenceEngineDoes) {
  Study study(0.1);
  study.experiment.standardize = Standardize::train;
  training_of(study.add(CandidateKind::disentangled)).model = ScoredModel::best;
  const FitResult a = study.run(EngineKind::lockstep).front().result;
  const FitResult b = study.run(EngineKind::reference).front().result;
  EXPECT_EQ(a.n_train, b.n_train);
  EXPECT_EQ(a.n_test, b.n_test);
  EXPECT_EQ(a.n_validation, b.n_validation);
  EXPECT_EQ(a.training.epochs, b.training.epochs);
  EXPECT_EQ(a.training.stop, b.training.stop);
  EXPECT_EQ(a.solver.solves, b.solver.solves);
  EXPECT_EQ(a.solver.unconverged, 0);
  EXPECT_NEAR(*a.training.validation_loss, *b.training.validation_loss, 1e-4);
  EXPECT_NEAR(*a.training.validation_auc, *b.training.validation_auc, 1e-3);
  EXPECT_NEAR(*a.held_out.auc, *b.held_out.auc, 1e-3);
  EXPECT_NEAR(*a.oos->auc, *b.oos->auc, 1e-3);
  EXPECT_NEAR(*a.probe->auc, *b.probe->auc, 1e-3);
  ASSERT_EQ(a.artefacts.features->values.size(), b.artefacts.features->values.size());
  EXPECT_EQ(a.artefacts.features->rows, b.artefacts.features->rows);
  double squares = 0, differences = 0;
  for (std::size_t i = 0; i < a.artefacts.features->values.size(); ++i) {
    const double x = a.artefacts.features->values[i], y = b.artefacts.features->values[i];
    squares += y * y;
    differences += (x - y) * (x - y);
  }
  EXPECT_LT(std::sqrt(differences / squares), 1e-3);
}

/// An attribute alone is probed, and no label.
TEST(LockstepEngine, FillsInFurtherProbesWithoutThatOfALabel) {
  Study study(0.1);
  study.add_sex();
  study.samples.probed = study.samples.adversaries;
  study.experiment.probe = std::nullopt;
  study.experiment.probe_attributes = {"sex"};
  study.add(CandidateKind::baseline);
  study.add(CandidateKind::linear);
  const std::vector<FitOutcome> found = study.run(EngineKind::lockstep);
  const std::vector<FitOutcome> expected = study.run(EngineKind::reference);
  for (std::size_t i = 0; i < found.size(); ++i) {
    SCOPED_TRACE(i);
    ASSERT_EQ(message_of(found[i].failure), "");
    EXPECT_FALSE(found[i].result.probe);
    ASSERT_EQ(expected[i].result.probes.size(), 1U);
    ASSERT_EQ(found[i].result.probes.size(), 1U);
    ASSERT_TRUE(found[i].result.probes[0].scores.auc);
    EXPECT_NEAR(*found[i].result.probes[0].scores.auc, *expected[i].result.probes[0].scores.auc,
                1e-2);
  }
}

/// One fit's loss is no number after its first step; the others have most of the epoch before them.
TEST(LockstepEngine, OneFitThatFailsLeavesTheOthersAlone) {
  Study study(0.1);
  training_of(study.add(CandidateKind::baseline)).batch = 8;
  TrainingSettings& failing = training_of(study.add(CandidateKind::baseline));
  failing.batch = 8;
  failing.learning_rate = 1e30;
  training_of(study.add(CandidateKind::disentangled)).batch = 8;
  const std::vector<FitOutcome> outcomes = study.run(EngineKind::lockstep);
  EXPECT_NE(message_of(outcomes[1].failure).find("loss is not finite"), std::string::npos)
      << message_of(outcomes[1].failure);
  const std::vector<FitTask> tasks = study.tasks();
  for (const std::size_t i : {0, 2}) {
    EXPECT_EQ(message_of(outcomes[i].failure), "");
    expect_same(outcomes[i].result, make_engine(EngineKind::lockstep, {})->fit(tasks[i]));
  }
}

/// Each of them, not only the one that asked for the heads first; whoever has others trains.
TEST(LockstepEngine, ASingleDomainFailsTheFitsAloneThatDisentangleIt) {
  Study study(0.1);
  study.add_sex();
  study.experiment.probe.reset();
  for (std::int32_t& code : study.samples.domain.codes) code = 0;
  study.add(CandidateKind::disentangled);
  study.add(CandidateKind::baseline);
  study.add(CandidateKind::disentangled, 3);
  std::get<DisentangledModel>(study.add(CandidateKind::disentangled).model).adversaries = {
      {.of = "sex"}};
  study.add(CandidateKind::disentangled, 5);
  const std::vector<FitOutcome> outcomes = study.run(EngineKind::lockstep);
  for (const std::size_t i : {0, 2, 4})
    EXPECT_EQ(message_of(outcomes[i].failure),
              "the training samples of this fold are all of one domain (there is nothing to "
              "disentangle). use fewer folds, or stratify by domain")
        << i;
  const std::vector<FitTask> tasks = study.tasks();
  for (const std::size_t i : {1, 3}) {
    ASSERT_EQ(message_of(outcomes[i].failure), "") << i;
    expect_same(outcomes[i].result, make_engine(EngineKind::lockstep, {})->fit(tasks[i]));
  }
}

TEST(LockstepEngine, StopsWhenTold) {
  Study study(0.1);
  study.add(CandidateKind::baseline);
  std::vector<FitTask> tasks = study.tasks();
  const std::atomic<bool> cancel = true;
  tasks.front().cancel = &cancel;
  try {
    (void)make_engine(EngineKind::lockstep, {})->fit(tasks.front());
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::stopped);
    EXPECT_STREQ(error.what(), "stopped on request (the fit is not finished). run again to go on");
  }
}

/// Asked for while it trains: after every epoch, not only at the beginning.
TEST(Engines, StopInTheMiddleOfAFit) {
  for (const EngineKind kind : {EngineKind::lockstep, EngineKind::reference}) {
    SCOPED_TRACE(kind == EngineKind::lockstep ? "lockstep" : "reference");
    Study study(0.1);
    training_of(study.add(CandidateKind::baseline)).epochs = 1'000'000;
    study.split.train.insert(study.split.train.end(), study.split.validation.begin(),
                             study.split.validation.end());
    std::sort(study.split.train.begin(), study.split.train.end());
    study.split.validation.clear();  // nothing else ends it
    std::vector<FitTask> tasks = study.tasks();
    tasks.front().keep_curves = false;
    std::atomic<bool> cancel = false;
    tasks.front().cancel = &cancel;
    std::optional<ErrorCode> ended;
    std::thread fit([&] {
      try {
        static_cast<void>(make_engine(kind, {})->fit(tasks.front()));
      } catch (const Error& error) {
        ended = error.code();
      }
    });
    clockid_t clock{};
    ASSERT_EQ(::pthread_getcpuclockid(fit.native_handle(), &clock), 0);
    timespec used{};
    do {  // epochs of milliseconds: it is in the middle by then
      std::this_thread::yield();
      ::clock_gettime(clock, &used);
    } while (used.tv_sec < 2);
    cancel = true;
    fit.join();
    EXPECT_EQ(ended, ErrorCode::stopped);
  }
}

TEST(LockstepEngine, RefusesAGpuThatIsNotThere) {
  const int gpus = visible_cuda_devices(EngineKind::lockstep);
  try {
    (void)make_engine(EngineKind::lockstep, {.gpu = static_cast<std::uint32_t>(gpus)});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::usage);
    EXPECT_EQ(error.what(),
              fmt::format("device 'cuda:{0}' cannot be used (the lockstep engine sees "
                          "{0} GPUs here). choose a lower number or 'cpu'",
                          gpus));
  }
}

/// Fits of two experiments, one of three levels and one of two, each of which is probed for what
/// the other learns; what they forget has as many levels as it has. In both orders.
TEST(LockstepEngine, AFitsBitsDoNotDependOnWhatOthersLearnForgetAndAreProbedFor) {
  Study study(0.1);
  study.add_sex();
  for (std::int32_t& code : study.samples.domain.codes) code = std::min<std::int32_t>(code, 1);
  study.samples.domain.levels.resize(2);
  study.add(CandidateKind::baseline);
  study.add(CandidateKind::disentangled, 1);
  std::get<DisentangledModel>(study.add(CandidateKind::disentangled, 3).model).adversaries = {
      {.of = "class"}};
  std::get<DisentangledModel>(study.add(CandidateKind::disentangled, 2).model).adversaries = {
      {.of = "sex"}};
  Experiment of_domain = study.experiment;
  of_domain.target = Label::domain;
  of_domain.probe = Label::class_label;
  of_domain.evaluate_oos = false;
  std::vector<FitTask> tasks;
  const auto add = [&](const Experiment& experiment, const std::vector<std::size_t>& candidates) {
    for (const std::size_t candidate : candidates) {
      tasks.push_back(study.task(study.candidates[candidate]));
      tasks.back().experiment = &experiment;
    }
  };
  add(study.experiment, {0, 1, 3});
  add(of_domain, {0, 2, 3});
  for (int order = 0; order < 2; ++order) {
    const std::vector<FitOutcome> together =
        make_engine(EngineKind::lockstep, {})->fit_cohort(tasks);
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      SCOPED_TRACE(i);
      ASSERT_EQ(message_of(together[i].failure), "");
      const FitResult& found = together[i].result;
      const bool of_class = tasks[i].experiment == &study.experiment;
      EXPECT_EQ(found.held_out.classes.size(), of_class ? 3U : 2U);
      EXPECT_EQ(found.probe->classes.size(), of_class ? 2U : 3U);
      expect_same(found, make_engine(EngineKind::lockstep, {})->fit(tasks[i]));
    }
    std::reverse(tasks.begin(), tasks.end());
  }
}

}  // namespace
}  // namespace crossfold
