#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "crossfold/solve/one_thread.h"

#include "batch_order.h"
#include "cohort_kernels.h"
#include "domain_solver.h"
#include "network.h"
#include "network_training.h"
#include "planted_study.h"
#include "score_fit.h"

namespace crossfold::train {
namespace {

/// A candidate on a split of a planted shortcut.
struct Study : test::PlantedStudy {
  explicit Study(CandidateKind kind, double lambda = 1)
      : PlantedStudy(1), candidate(test::candidate_of(kind, lambda)) {}
  [[nodiscard]] FitTask the_task() const { return task(candidate); }

  Candidate candidate;
};

/// The tensors of a network one after another, in the order of NetworkLayout.
using Tensors = std::vector<std::vector<double>>;

/// What the two engines' steps need of a study's first task.
struct OneEpoch {
  explicit OneEpoch(const Study& of)
      : study(&of),
        task(of.the_task()),
        classes(labels_of(of.samples.class_label, rows())),
        solver(labels_of(of.samples.domain, rows()), best_instruction_set()),
        weights(draw_initial_weights(task.key, 64, 3, disentangled() ? solver.domains() : 0)) {
    solve::use_one_thread();
  }
  [[nodiscard]] const std::vector<std::uint32_t>& rows() const { return study->split.train; }
  [[nodiscard]] bool disentangled() const {
    return kind_of(*task.candidate) == CandidateKind::disentangled;
  }
  [[nodiscard]] std::vector<double> lambdas() const {
    if (!disentangled()) return {};
    return {std::get<DisentangledModel>(task.candidate->model).lambda.from};
  }
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
  NetworkTraining training(network, *task.candidate);
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
    TrainingSamples batch{.features = features.index_select(0, places),
                          .classes = class_codes.index_select(0, places)};
    if (disentangled())
      batch.adversaries.push_back({.columns = domain_codes.index_select(0, places),
                                   .levels = static_cast<std::int64_t>(solver.domains())});
    (void)training.step(batch, lambdas());
  }
  if (disentangled()) {
    network->eval();
    const at::NoGradGuard no_grad;
    SolverFacts facts;
    solve_domain_head(solver, network->encoder(features).contiguous(), network->domain_head, 0,
                      facts);
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
  const auto kernels = make_cpu_kernels({.embedding = study->embedding,
                                         .dim = 64,
                                         .splits = {{.scaling = nullptr,
                                                     .train = rows(),
                                                     .classes = classes,
                                                     .adversaries = {solver.labels()},
                                                     .validation = {},
                                                     .validation_classes = {}}}},
                                        best_instruction_set());
  FitNetwork network{.weights = &weights, .weight_decay = 0.01};
  if (disentangled()) network.adversaries = {0};
  const std::size_t fit = kernels->add(network);
  const BatchOrder order = batches();
  kernels->begin(order.batch_size());
  const Batches all{.places = order.all_batches(), .size = order.batch_size()};
  const FitEpoch epoch{.fit = fit, .learning_rate = 1e-3, .lambdas = lambdas()};
  (void)kernels->train_epoch(std::span(&all, 1), std::span(&epoch, 1), [] { return false; });
  if (disentangled()) (void)kernels->solve_domain_heads(std::span(&fit, 1));
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
  const Study study(CandidateKind::baseline);
  const OneEpoch epoch(study);
  const Tensors expected = epoch.reference(at::kDouble);
  const Difference found = difference_of(epoch.lockstep(expected), expected);
  RecordProperty("relative", fmt::format("{:.1e}", found.relative));
  EXPECT_LT(found.relative, 1e-5);
  EXPECT_LT(found.largest, kPartOfAStep);
}

TEST(LockstepEngine, AnEpochOfDisentanglingMovesEveryTensorAsTheReferenceEngineDoes) {
  const Study study(CandidateKind::disentangled, 10);
  const OneEpoch epoch(study);
  const Tensors expected = epoch.reference(at::kFloat);
  const Difference found = difference_of(epoch.lockstep(expected), expected);
  RecordProperty("relative", fmt::format("{:.1e}", found.relative));
  EXPECT_LT(found.relative, 1e-3);
  EXPECT_LT(found.largest, kPartOfAStep);
}

}  // namespace
}  // namespace crossfold::train
