#include "lockstep_engine.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "crossfold/core/error.h"
#include "crossfold/core/mistakes.h"
#include "crossfold/plan/artefact_bytes.h"
#include "crossfold/plan/fit_result_json.h"
#include "crossfold/solve/one_thread.h"

#include "batch_order.h"
#include "cohort_kernels.h"
#include "domain_solver.h"
#include "network.h"
#include "network_layout.h"
#include "network_training.h"
#include "planted_study.h"
#include "score_fit.h"

namespace crossfold {
namespace {

/// Candidates on one split of it.
struct Study : test::PlantedStudy {
  using PlantedStudy::PlantedStudy;

  Candidate& add(CandidateKind kind, double lambda = 1) {
    Candidate candidate;
    candidate.kind = kind;
    candidate.lambda.kind = ScheduleKind::constant;
    candidate.lambda.from = lambda;
    candidate.training.epochs = 5;
    candidates.push_back(candidate);
    return candidates.back();
  }
  [[nodiscard]] std::vector<FitTask> tasks() const {
    std::vector<FitTask> all;
    for (const Candidate& candidate : candidates) all.push_back(task(candidate));
    return all;
  }
  [[nodiscard]] std::vector<FitOutcome> run(EngineKind kind) const {
    return make_engine(kind, "cpu")->fit_cohort(tasks());
  }

  std::vector<Candidate> candidates;
};

std::string message_of(const std::exception_ptr& failure) {
  if (!failure) return "";
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    return error.what();
  }
}

void expect_same(const FitResult& a, const FitResult& b) {
  nlohmann::json left = fit_result_to_json(a), right = fit_result_to_json(b);
  left.erase("seconds");
  right.erase("seconds");
  EXPECT_EQ(left, right);
  EXPECT_EQ(artefacts_to_bytes(a.id, a.artefacts), artefacts_to_bytes(b.id, b.artefacts));
}

TEST(LockstepEngine, AFitsBitsDoNotDependOnItsCohort) {
  Study study(0.1);
  study.add(CandidateKind::baseline);
  study.add(CandidateKind::disentangled, 1);
  study.add(CandidateKind::linear);
  study.add(CandidateKind::disentangled, 10).training.learning_rate = 1e-2;
  study.add(CandidateKind::disentangled, 3).domain_head = DomainHead::still;
  study.add(CandidateKind::baseline).training.epochs = 2;
  const std::vector<FitOutcome> together = study.run(EngineKind::lockstep);
  const std::vector<FitTask> tasks = study.tasks();
  ASSERT_EQ(together.size(), tasks.size());
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    SCOPED_TRACE(i);
    ASSERT_EQ(message_of(together[i].failure), "");
    expect_same(together[i].result, make_engine(EngineKind::lockstep, "cpu")->fit(tasks[i]));
  }
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
  study.add(CandidateKind::disentangled).training.model = ScoredModel::best;
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

TEST(LockstepEngine, OneFitThatFailsLeavesTheOthersAlone) {
  Study study(0.1);
  study.add(CandidateKind::baseline);
  study.add(CandidateKind::baseline).training.learning_rate = 1e30;
  study.add(CandidateKind::disentangled);
  const std::vector<FitOutcome> outcomes = study.run(EngineKind::lockstep);
  EXPECT_EQ(message_of(outcomes[0].failure), "");
  EXPECT_NE(message_of(outcomes[1].failure).find("loss is not finite"), std::string::npos)
      << message_of(outcomes[1].failure);
  EXPECT_EQ(message_of(outcomes[2].failure), "");
  const std::vector<FitTask> tasks = study.tasks();
  expect_same(outcomes[2].result, make_engine(EngineKind::lockstep, "cpu")->fit(tasks[2]));
}

TEST(LockstepEngine, ASingleDomainFailsTheDisentangledFitsAlone) {
  Study study(0.1);
  study.experiment.probe.reset();
  for (std::int32_t& code : study.samples.domain.codes) code = 0;
  study.add(CandidateKind::baseline);
  study.add(CandidateKind::disentangled);
  const std::vector<FitOutcome> outcomes = study.run(EngineKind::lockstep);
  EXPECT_EQ(message_of(outcomes[0].failure), "");
  EXPECT_EQ(message_of(outcomes[1].failure),
            "the training samples of this fold are all of one domain (there is nothing to "
            "disentangle). use fewer folds, or stratify by domain");
}

TEST(LockstepEngine, StopsWhenTold) {
  Study study(0.1);
  study.add(CandidateKind::baseline);
  std::vector<FitTask> tasks = study.tasks();
  const std::atomic<bool> cancel = true;
  tasks.front().cancel = &cancel;
  try {
    (void)make_engine(EngineKind::lockstep, "cpu")->fit(tasks.front());
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::stopped);
    EXPECT_STREQ(error.what(), "stopped on request (the fit is not finished). run again to go on");
  }
}

TEST(LockstepEngine, TrainsOnProcessorsOnly) {
  try {
    (void)make_engine(EngineKind::lockstep, "cuda:0");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::usage);
    EXPECT_STREQ(
        error.what(),
        "the lockstep engine cannot train on cuda:0 (its kernels are for processors). take "
        "--device cpu, or --engine reference");
  }
}

}  // namespace

namespace train {
namespace {

/// The tensors of a network one after another, in the order of NetworkLayout.
using Tensors = std::vector<std::vector<double>>;

/// What the two engines' steps need of a study's first task.
struct OneEpoch {
  explicit OneEpoch(const Study& of)
      : study(&of),
        task(of.tasks().front()),
        classes(labels_of(of.samples.klass, rows())),
        solver(labels_of(of.samples.domain, rows())),
        weights(draw_initial_weights(task.key, 64, 3, disentangled() ? solver.domains() : 0)) {
    solve::use_one_thread();
  }
  [[nodiscard]] const std::vector<std::uint32_t>& rows() const { return study->split.train; }
  [[nodiscard]] bool disentangled() const {
    return task.candidate->kind == CandidateKind::disentangled;
  }
  [[nodiscard]] double lambda() const { return task.candidate->lambda.from; }
  [[nodiscard]] BatchOrder batches() const {
    BatchOrder order(task.key, rows().size(), 256);
    order.next_epoch();
    return order;
  }
  /// After an epoch of the reference engine's steps in numbers of `type`.
  [[nodiscard]] Tensors reference(at::ScalarType type) const;
  /// After one of the lockstep engine's; `shapes` has its result's sizes.
  [[nodiscard]] Tensors lockstep(const Tensors& shapes) const;

  const Study* study;
  FitTask task;
  std::vector<std::int32_t> classes;
  DomainSolver solver;
  InitialWeights weights;
};

Tensors OneEpoch::reference(at::ScalarType type) const {
  Network network(weights);
  network->to(type);
  NetworkTraining training(network, task.candidate->training, DomainHead::trained);
  const at::Tensor store = at::tensor(study->embedding)
                               .view({static_cast<std::int64_t>(study->embedding.size() / 64), 64});
  const auto as_index = [](const auto& values) {
    return at::tensor(std::vector<std::int64_t>(values.begin(), values.end()), at::kLong);
  };
  const at::Tensor features = store.index_select(0, as_index(rows())).to(type);
  const at::Tensor class_codes = as_index(classes);
  const at::Tensor domain_codes = as_index(solver.columns());
  const BatchOrder order = batches();
  network->train();
  for (std::size_t b = 0; b < order.batches(); ++b) {
    const at::Tensor places = as_index(order.batch(b));
    (void)training.step(
        {.features = features.index_select(0, places),
         .classes = class_codes.index_select(0, places),
         .domains = disentangled() ? domain_codes.index_select(0, places) : at::Tensor()},
        lambda());
  }
  if (disentangled()) {
    network->eval();
    const at::NoGradGuard no_grad;
    SolverFacts facts;
    solve_domain_head(solver, network->encoder(features).contiguous(), network->domain_head, facts);
  }
  std::vector<at::Tensor> parameters = network->encoder->parameters();
  for (const at::Tensor& tensor : network->class_head->parameters()) parameters.push_back(tensor);
  if (disentangled())
    for (const at::Tensor& tensor : network->domain_head->parameters())
      parameters.push_back(tensor);
  Tensors tensors;
  for (const at::Tensor& parameter : parameters) {
    const at::Tensor wide = parameter.detach().to(at::kDouble).contiguous();
    tensors.emplace_back(wide.data_ptr<double>(), wide.data_ptr<double>() + wide.numel());
  }
  return tensors;
}

Tensors OneEpoch::lockstep(const Tensors& shapes) const {
  const auto kernels = make_cpu_kernels(
      {.embedding = study->embedding,
       .dim = 64,
       .scaling = nullptr,
       .rows = rows(),
       .classes = classes,
       .domains = disentangled() ? std::span(solver.columns()) : std::span<const std::int32_t>()},
      used_instruction_set());
  const std::size_t fit = kernels->add({.weights = &weights, .weight_decay = 0.01});
  const BatchOrder order = batches();
  for (std::size_t b = 0; b < order.batches(); ++b) {
    const FitStep step{.fit = fit, .learning_rate = 1e-3, .lambda = lambda()};
    (void)kernels->step(order.batch(b), std::span(&step, 1));
  }
  if (disentangled()) {
    std::vector<float> encoded(rows().size() * kEncodedWidth);
    float* const out = encoded.data();
    SolverFacts facts;
    kernels->encode(rows(), std::span(&fit, 1), std::span(&out, 1));
    kernels->set_domain_head(fit, solver.solve(encoded, kernels->domain_head(fit), facts));
  }
  const std::vector<float> found = kernels->snapshot(fit);
  auto at = found.begin();
  Tensors tensors;
  for (const std::vector<double>& shape : shapes) {
    const auto end = at + static_cast<std::ptrdiff_t>(shape.size());
    tensors.emplace_back(at, end);
    at = end;
  }
  return tensors;
}

struct Difference {
  double relative = 0;  ///< of the worst tensor: sum of differences over sum of sizes
  double largest = 0;   ///< of a number
};

Difference difference_of(const Tensors& found, const Tensors& expected) {
  Difference worst;
  for (std::size_t t = 0; t < expected.size(); ++t) {
    double sizes = 0;
    double differences = 0;
    for (std::size_t j = 0; j < expected[t].size(); ++j) {
      const double difference = std::abs(found[t][j] - expected[t][j]);
      sizes += std::abs(expected[t][j]);
      differences += difference;
      worst.largest = std::max(worst.largest, difference);
    }
    worst.relative = std::max(worst.relative, differences / sizes);
  }
  return worst;
}

/// AdamW steps by the learning rate, 0.001, however small a gradient is: a weight whose gradient is
/// next to nothing may be off by a part of a step for rounding alone, here as in LibTorch's
/// float32.
constexpr double kPartOfAStep = 2e-4;

TEST(LockstepEngine, AnEpochOfABaselineMovesEveryTensorAsTheReferenceEngineDoes) {
  Study study(1);
  study.add(CandidateKind::baseline);
  const OneEpoch epoch(study);
  const Tensors expected = epoch.reference(at::kDouble);
  const Difference found = difference_of(epoch.lockstep(expected), expected);
  RecordProperty("relative", fmt::format("{:.1e}", found.relative));
  EXPECT_LT(found.relative, 1e-5);
  EXPECT_LT(found.largest, kPartOfAStep);
}

TEST(LockstepEngine, AnEpochOfDisentanglingMovesEveryTensorAsTheReferenceEngineDoes) {
  Study study(1);
  study.add(CandidateKind::disentangled, 10);
  const OneEpoch epoch(study);
  const Tensors expected = epoch.reference(at::kFloat);
  const Difference found = difference_of(epoch.lockstep(expected), expected);
  RecordProperty("relative", fmt::format("{:.1e}", found.relative));
  EXPECT_LT(found.relative, 1e-3);
  EXPECT_LT(found.largest, kPartOfAStep);
}

}  // namespace
}  // namespace train
}  // namespace crossfold
