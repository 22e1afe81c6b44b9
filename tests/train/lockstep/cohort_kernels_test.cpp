#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "crossfold/solve/one_thread.h"

#include "device_kernels.h"
#include "lockstep_cohort.h"
#include "network_layout.h"
#include "recorded_training.h"

namespace crossfold::train {
namespace {

using test::RecordedTraining;
using test::relative_difference;

/// A tensor's numbers in a snapshot, by the name that PyTorch's module gives it.
std::map<std::string, std::vector<double>> tensors_in(const std::vector<float>& snapshot,
                                                      const NetworkLayout& at) {
  std::map<std::string, std::vector<double>> tensors;
  const auto take = [&](const char* name, std::size_t offset, std::size_t count) {
    const auto first = snapshot.begin() + static_cast<std::ptrdiff_t>(offset);
    tensors[name] = {first, first + static_cast<std::ptrdiff_t>(count)};
  };
  take("encoder.hidden.weight", at.hidden_weight, kHiddenWidth * at.dim);
  take("encoder.hidden.bias", at.hidden_bias, kHiddenWidth);
  take("encoder.hidden_norm.weight", at.hidden_scale, kHiddenWidth);
  take("encoder.hidden_norm.bias", at.hidden_shift, kHiddenWidth);
  take("encoder.encoded.weight", at.encoded_weight, kEncodedWidth * kHiddenWidth);
  take("encoder.encoded.bias", at.encoded_bias, kEncodedWidth);
  take("encoder.encoded_norm.weight", at.encoded_scale, kEncodedWidth);
  take("encoder.encoded_norm.bias", at.encoded_shift, kEncodedWidth);
  take("class_head.weight", at.class_weight, at.classes * kEncodedWidth);
  take("class_head.bias", at.class_bias, at.classes);
  take("domain_head.weight", at.domain_weight, at.domains * kEncodedWidth);
  take("domain_head.bias", at.domain_bias, at.domains);
  take("encoder.hidden_norm.running_mean", at.parameters + NetworkLayout::kHiddenMean,
       kHiddenWidth);
  take("encoder.hidden_norm.running_var", at.parameters + NetworkLayout::kHiddenVariance,
       kHiddenWidth);
  take("encoder.encoded_norm.running_mean", at.parameters + NetworkLayout::kEncodedMean,
       kEncodedWidth);
  take("encoder.encoded_norm.running_var", at.parameters + NetworkLayout::kEncodedVariance,
       kEncodedWidth);
  return tensors;
}

std::vector<std::uint32_t> all_rows() {
  std::vector<std::uint32_t> rows(RecordedTraining::kSamples);
  for (std::uint32_t i = 0; i < rows.size(); ++i) rows[i] = i;
  return rows;
}

/// A set of kernels, by name.
struct Kernels {
  std::string name;
  MakeKernels make;
};

/// Those of the processor, and those of a GPU on their host twins.
std::vector<Kernels> all_kernels() {
  std::vector<Kernels> all;
  for (const InstructionSet set : instruction_sets())
    all.push_back({.name = std::string(name_of(set)), .make = [set](CohortData data) {
                     return make_cpu_kernels(std::move(data), set);
                   }});
  const std::shared_ptr<cuda::Device> device = cuda::make_twin_device(std::size_t{1} << 30);
  all.push_back({.name = "twins", .make = [device](CohortData data) {
                   return cuda::make_device_kernels(std::move(data), *device);
                 }});
  return all;
}

/// A cohort on the recorded training's data.
struct Cohort {
  Cohort(const RecordedTraining& training, const Kernels& of)
      : rows(all_rows()),
        adversaries(training.adversaries()),
        class_weights(training.class_weights()),
        weights(&training.weights) {
    solve::use_one_thread();
    CohortSplit split{.scaling = nullptr,
                      .train = rows,
                      .classes = training.classes,
                      .adversaries = {},
                      .validation = {},
                      .validation_classes = {},
                      .class_weights = class_weights};
    for (const DomainSolver& adversary : adversaries)
      split.adversaries.push_back(adversary.labels());
    kernels =
        of.make({.embedding = training.features, .dim = RecordedTraining::kDim, .splits = {split}});
  }
  /// A step on one batch.
  [[nodiscard]] std::vector<EpochLosses> step(std::span<const std::int64_t> places,
                                              std::span<const FitEpoch> fits) const {
    const Batches one{.places = places, .size = places.size()};
    return *kernels->train_epoch(std::span(&one, 1), fits, [] { return false; });
  }
  /// Adds a fit with all adversaries of the training.
  std::size_t add(HeadUpdate update = HeadUpdate::optimiser) const {
    FitNetwork network{.weights = weights, .weight_decay = 0.01, .domain_head = update};
    for (std::size_t i = 0; i < adversaries.size(); ++i) network.adversaries.push_back(i);
    return kernels->add(network);
  }
  std::vector<std::uint32_t> rows;
  std::vector<DomainSolver> adversaries;
  std::vector<float> class_weights;
  const InitialWeights* weights;
  std::unique_ptr<CohortKernels> kernels;
};

class CohortKernelsOf : public ::testing::TestWithParam<std::tuple<std::string, Kernels>> {};

TEST_P(CohortKernelsOf, EqualsPyTorchAfterThreeEpochs) {
  const auto& [kind, of] = GetParam();
  const RecordedTraining training(kind);
  Cohort cohort(training, of);
  CohortKernels& kernels = *cohort.kernels;
  const HeadUpdate update = kind == "still" ? HeadUpdate::none : HeadUpdate::optimiser;
  // A second fit of the cohort, with another learning rate, must not be noticed.
  const std::size_t fit = cohort.add(update);
  const std::size_t other = cohort.add(update);
  kernels.begin(RecordedTraining::kBatch);
  bool converged = true;
  std::size_t step = 0;
  for (int epoch = 0; epoch < RecordedTraining::kEpochs; ++epoch) {
    for (std::size_t first = 0; first + RecordedTraining::kBatch <= RecordedTraining::kSamples;
         first += RecordedTraining::kBatch, ++step) {
      const std::vector<double> lambdas = training.lambdas(epoch);
      const std::vector<FitEpoch> steps = {
          {.fit = other, .learning_rate = 1e-2, .lambdas = lambdas},
          {.fit = fit, .learning_rate = 1e-3, .lambdas = lambdas}};
      const auto losses = cohort.step(training.batch(epoch, first), steps);
      const nlohmann::json& expected = training.recorded.at("losses").at(step);
      EXPECT_NEAR(losses[1].sum.class_label, expected.at(0).get<double>(), 1e-4);
      for (std::size_t head = 0; head < cohort.adversaries.size(); ++head)
        EXPECT_NEAR(losses[1].sum.domain.at(head), expected.at(1 + head).get<double>(), 1e-4);
    }
    if (!training.solved()) continue;
    for (const HeadSolve& solve : kernels.solve_domain_heads(std::span(&fit, 1)))
      converged = converged && !solve.failure && solve.solution.converged;
  }
  EXPECT_TRUE(converged);

  const NetworkLayout layout(RecordedTraining::kDim, RecordedTraining::kClasses,
                             training.columns());
  auto tensors = tensors_in(kernels.snapshot(fit), layout);
  for (const auto& [name, expected] : training.recorded.at("tensors").items()) {
    const double difference = relative_difference(tensors.at(name), expected);
    RecordProperty(name, fmt::format("{:.1e}", difference));
    EXPECT_LT(difference, 1e-4) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, CohortKernelsOf,
    ::testing::Combine(::testing::Values("baseline", "disentangled", "solved", "still"),
                       ::testing::ValuesIn(all_kernels())),
    [](const auto& test) { return std::get<0>(test.param) + "_" + std::get<1>(test.param).name; });

/// Those for GPUs have one domain head, no missing labels and no weights.
std::vector<Kernels> kernels_of_processors() {
  std::vector<Kernels> all = all_kernels();
  std::erase_if(all, [](const Kernels& kernels) { return kernels.name == "twins"; });
  return all;
}

INSTANTIATE_TEST_SUITE_P(OnProcessors, CohortKernelsOf,
                         ::testing::Combine(::testing::Values("several", "weighted"),
                                            ::testing::ValuesIn(kernels_of_processors())),
                         [](const auto& test) {
                           return std::get<0>(test.param) + "_" + std::get<1>(test.param).name;
                         });

class EveryKernels : public ::testing::TestWithParam<Kernels> {};

INSTANTIATE_TEST_SUITE_P(Sets, EveryKernels, ::testing::ValuesIn(all_kernels()),
                         [](const auto& test) { return test.param.name; });

TEST_P(EveryKernels, RestoreWhatTheyKept) {
  const RecordedTraining training("disentangled");
  Cohort cohort(training, GetParam());
  const std::size_t fit = cohort.add();
  cohort.kernels->begin(RecordedTraining::kBatch);
  const std::vector<float> before = cohort.kernels->snapshot(fit);
  cohort.kernels->keep(std::span(&fit, 1));
  const FitEpoch step{.fit = fit, .learning_rate = 1e-2, .lambdas = {1}};
  (void)cohort.step(training.batch(0, 0), std::span(&step, 1));
  EXPECT_NE(cohort.kernels->snapshot(fit), before);
  cohort.kernels->restore(std::span(&fit, 1));
  EXPECT_EQ(cohort.kernels->snapshot(fit), before);
}

// Gradients against central differences of the losses in float64, written out once more as
// METHODS 4 has them.

struct Losses {
  double class_label = 0;
  double domain = 0;
};

/// Affine layer, ReLU, BatchNorm over the batch.
std::vector<double> layer(const std::vector<double>& x, std::size_t inputs, std::size_t outputs,
                          const double* weight, const double* bias, const double* scale,
                          const double* shift) {
  const std::size_t samples = x.size() / inputs;
  std::vector<double> out(samples * outputs);
  for (std::size_t u = 0; u < outputs; ++u) {
    double mean = 0, variance = 0;
    for (std::size_t i = 0; i < samples; ++i) {
      double h = bias[u];
      for (std::size_t d = 0; d < inputs; ++d) h += weight[u * inputs + d] * x[i * inputs + d];
      out[i * outputs + u] = std::max(h, 0.0);
      mean += out[i * outputs + u] / static_cast<double>(samples);
    }
    for (std::size_t i = 0; i < samples; ++i)
      variance += std::pow(out[i * outputs + u] - mean, 2) / static_cast<double>(samples);
    for (std::size_t i = 0; i < samples; ++i)
      out[i * outputs + u] =
          (out[i * outputs + u] - mean) / std::sqrt(variance + 1e-5) * scale[u] + shift[u];
  }
  return out;
}

double cross_entropy(const std::vector<double>& x, std::size_t levels, const double* weight,
                     const double* bias, const std::vector<std::int32_t>& codes) {
  double loss = 0;
  for (std::size_t i = 0; i < codes.size(); ++i) {
    double sum = 0, of_label = 0;
    for (std::size_t k = 0; k < levels; ++k) {
      double logit = bias[k];
      for (std::size_t u = 0; u < kEncodedWidth; ++u)
        logit += weight[k * kEncodedWidth + u] * x[i * kEncodedWidth + u];
      sum += std::exp(logit);
      if (static_cast<std::size_t>(codes[i]) == k) of_label = logit;
    }
    loss += (std::log(sum) - of_label) / static_cast<double>(codes.size());
  }
  return loss;
}

Losses losses_of(const std::vector<double>& p, const NetworkLayout& at,
                 const std::vector<double>& x, const std::vector<std::int32_t>& classes,
                 const std::vector<std::int32_t>& domains) {
  const auto hidden = layer(x, at.dim, kHiddenWidth, &p[at.hidden_weight], &p[at.hidden_bias],
                            &p[at.hidden_scale], &p[at.hidden_shift]);
  const auto encoded = layer(hidden, kHiddenWidth, kEncodedWidth, &p[at.encoded_weight],
                             &p[at.encoded_bias], &p[at.encoded_scale], &p[at.encoded_shift]);
  return {cross_entropy(encoded, at.classes, &p[at.class_weight], &p[at.class_bias], classes),
          cross_entropy(encoded, at.domains, &p[at.domain_weight], &p[at.domain_bias], domains)};
}

TEST_P(EveryKernels, HaveTheGradientsOfCentralDifferences) {
  const RecordedTraining training("disentangled");
  Cohort cohort(training, GetParam());
  const std::size_t fit = cohort.add();
  cohort.kernels->begin(RecordedTraining::kBatch);
  const NetworkLayout at(RecordedTraining::kDim, RecordedTraining::kClasses,
                         RecordedTraining::kDomains);
  constexpr double kLambda = 3;
  const std::vector<std::int64_t> places = training.batch(0, 0);
  const FitEpoch step{.fit = fit, .learning_rate = 1e-3, .lambdas = {kLambda}};
  const StepLosses losses = cohort.step(places, std::span(&step, 1)).front().sum;
  std::vector<float> gradient = cohort.kernels->gradient_means(fit);
  for (float& value : gradient) value *= 10;

  std::vector<double> x;
  std::vector<std::int32_t> classes, domains;
  for (const std::int64_t place : places) {
    const auto i = static_cast<std::size_t>(place);
    const auto row = training.features.begin() + static_cast<std::ptrdiff_t>(i * at.dim);
    x.insert(x.end(), row, row + static_cast<std::ptrdiff_t>(at.dim));
    classes.push_back(training.classes[i]);
    domains.push_back(training.domains[i]);
  }
  const std::vector<float> start = at.parameters_of(training.weights);
  std::vector<double> p(start.begin(), start.end());
  const Losses here = losses_of(p, at, x, classes, domains);
  EXPECT_NEAR(losses.class_label, here.class_label, 1e-5);
  EXPECT_NEAR(losses.domain.front(), here.domain, 1e-5);

  constexpr double kStep = 1e-5;
  double squares = 0, differences = 0;
  std::size_t checked = 0;
  for (std::size_t j = 0; j < at.parameters; j += 7, ++checked) {
    const double value = p[j];
    p[j] = value + kStep;
    const Losses above = losses_of(p, at, x, classes, domains);
    p[j] = value - kStep;
    const Losses below = losses_of(p, at, x, classes, domains);
    p[j] = value;
    const double class_label = (above.class_label - below.class_label) / (2 * kStep);
    const double domain = (above.domain - below.domain) / (2 * kStep);
    // The encoder descends L_class - lambda L_domain, the domain head its own loss.
    const double expected = j >= at.domain_weight ? domain : class_label - kLambda * domain;
    squares += expected * expected;
    differences += (gradient[j] - expected) * (gradient[j] - expected);
    EXPECT_NEAR(gradient[j], expected, 1e-4 + 1e-3 * std::abs(expected)) << "parameter " << j;
  }
  EXPECT_GT(checked, 2000U);
  EXPECT_LT(std::sqrt(differences / squares), 1e-4);
}

}  // namespace
}  // namespace crossfold::train
