#include "network_training.h"

#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "crossfold/core/error.h"
#include "crossfold/solve/one_thread.h"

#include "domain_solver.h"
#include "recorded_training.h"
#include "solve/lcg.h"

namespace crossfold::train {
namespace {

using test::Lcg;
using test::RecordedTraining;
using test::relative_difference;

constexpr std::int64_t kDim = 12;
constexpr std::int64_t kClasses = 3;
constexpr std::int64_t kDomains = 4;

std::vector<float> numbers(Lcg& lcg, double scale, std::int64_t count) {
  std::vector<float> values;
  for (std::int64_t i = 0; i < count; ++i) {
    values.push_back(static_cast<float>((lcg.uniform() - 0.5) * scale));
  }
  return values;
}

AffineWeights affine(Lcg& lcg, double scale, std::int64_t inputs, std::int64_t outputs) {
  AffineWeights layer;
  layer.weight = numbers(lcg, scale, inputs * outputs);
  layer.bias = numbers(lcg, scale, outputs);
  return layer;
}

at::Tensor places_of(const std::vector<std::int64_t>& places) {
  return at::tensor(places, at::kLong);
}

HeadSamples head_samples(const DomainSolver& adversary, const at::Tensor& places) {
  HeadSamples head{.columns = at::tensor(adversary.columns()).to(at::kLong).index_select(0, places),
                   .levels = static_cast<std::int64_t>(adversary.domains())};
  const std::span<const float> weights = adversary.labels().weights;
  if (!weights.empty())
    head.weights =
        at::tensor(at::ArrayRef<float>(weights.data(), weights.size())).index_select(0, places);
  return head;
}

class NetworkTrainingOf : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override { solve::use_one_thread(); }
};

TEST_P(NetworkTrainingOf, EqualsPyTorchAfterThreeEpochs) {
  const RecordedTraining training(GetParam());
  const at::Tensor features =
      at::tensor(training.features).view({RecordedTraining::kSamples, RecordedTraining::kDim});
  const at::Tensor classes = at::tensor(training.classes).to(at::kLong);
  const std::vector<DomainSolver> adversaries = training.adversaries();
  Network network(training.weights);
  Candidate candidate;
  candidate.model = DisentangledModel{.domain_head = GetParam() == "still" ? DomainHead::still
                                                                           : DomainHead::trained};
  NetworkTraining steps(network, candidate);
  SolverFacts facts;
  std::size_t step = 0;
  for (int epoch = 0; epoch < RecordedTraining::kEpochs; ++epoch) {
    network->train();
    for (std::size_t first = 0; first + RecordedTraining::kBatch <= RecordedTraining::kSamples;
         first += RecordedTraining::kBatch, ++step) {
      const at::Tensor places = places_of(training.batch(epoch, first));
      TrainingSamples batch{.features = features.index_select(0, places),
                            .classes = classes.index_select(0, places)};
      if (const std::vector<float> weights = training.class_weights(); !weights.empty())
        batch.class_weights = at::tensor(weights).index_select(0, places);
      for (const DomainSolver& adversary : adversaries)
        batch.adversaries.push_back(head_samples(adversary, places));
      const BatchLosses losses = steps.step(batch, training.lambdas(epoch));
      const nlohmann::json& expected = training.recorded.at("losses").at(step);
      EXPECT_NEAR(losses.class_label, expected.at(0).get<double>(), 1e-4);
      for (std::size_t i = 0; i < losses.domain.size(); ++i)
        EXPECT_NEAR(losses.domain[i], expected.at(1 + i).get<double>(), 1e-4);
    }
    network->eval();
    const at::NoGradGuard no_grad;
    if (!training.solved()) continue;
    std::int64_t first = 0;
    for (const DomainSolver& adversary : adversaries) {
      solve_domain_head(adversary, network->encoder(features).contiguous(), network->domain_head,
                        first, facts);
      first += static_cast<std::int64_t>(adversary.domains());
    }
  }
  EXPECT_EQ(step, training.recorded.at("losses").size());
  EXPECT_EQ(facts.unconverged, 0);
  const auto heads = training.solved() ? static_cast<int>(adversaries.size()) : 0;
  EXPECT_EQ(facts.solves, heads * RecordedTraining::kEpochs);

  std::map<std::string, at::Tensor> tensors;
  for (const auto& item : network->named_parameters()) tensors[item.key()] = item.value();
  for (const auto& item : network->named_buffers()) tensors[item.key()] = item.value();
  for (const auto& [name, expected] : training.recorded.at("tensors").items()) {
    SCOPED_TRACE(name);
    ASSERT_TRUE(tensors.contains(name));
    const at::Tensor flat = tensors[name].detach().to(at::kDouble).contiguous();
    const double* first = flat.data_ptr<double>();
    const std::vector<double> values(first, first + flat.numel());
    const double difference = relative_difference(values, expected);
    RecordProperty(name, fmt::format("{:.1e}", difference));
    EXPECT_LT(difference, 1e-4);
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, NetworkTrainingOf,
                         ::testing::Values("baseline", "disentangled", "solved", "still", "several",
                                           "weighted"),
                         [](const auto& kind) { return kind.param; });

TEST(ReverseGradient, IsTheIdentityForthAndMinusLambdaBack) {
  const at::Tensor x =
      at::tensor(std::vector<double>{0.3, -1.2, 2.0}, at::kDouble).set_requires_grad(true);
  EXPECT_TRUE(at::equal(reverse_gradient(x, 3), x));
  // d/dx of f(x) = sum(x^3) by central differences, then reversed.
  (reverse_gradient(x, 3).pow(3)).sum().backward();
  const double h = 1e-5;
  for (std::int64_t i = 0; i < 3; ++i) {
    const double at_x = x.detach()[i].item<double>();
    const double slope = (std::pow(at_x + h, 3) - std::pow(at_x - h, 3)) / (2 * h);
    EXPECT_NEAR(x.grad()[i].item<double>(), -3 * slope, 1e-8);
  }
}

/// Of L_class - lambda L_domain, as the step's optimiser would see it.
TEST(ReverseGradient, GivesEncoderAndHeadsTheirOwnGradients) {
  Lcg lcg(4);
  InitialWeights weights;
  weights.hidden = affine(lcg, 0.5, kDim, 256);
  weights.encoded = affine(lcg, 0.125, 256, 64);
  weights.class_head = affine(lcg, 0.25, 64, kClasses);
  weights.domain_head = affine(lcg, 0.25, 64, kDomains);
  Network network(weights);
  network->to(at::kDouble);
  network->train();
  const double lambda = 1.7;
  const at::Tensor x = at::tensor(numbers(lcg, 4, 20 * kDim)).view({20, kDim}).to(at::kDouble);
  std::vector<std::int64_t> class_of, domain_of;
  for (int i = 0; i < 20; ++i) {
    class_of.push_back(i % kClasses);
    domain_of.push_back(i % kDomains);
  }
  const at::Tensor classes = at::tensor(class_of, at::kLong);
  const at::Tensor domains = at::tensor(domain_of, at::kLong);
  const auto class_loss = [&](const at::Tensor& encoded) {
    return at::cross_entropy_loss(network->class_head(encoded), classes);
  };
  const auto domain_loss = [&](const at::Tensor& encoded) {
    return at::cross_entropy_loss(network->domain_head(encoded), domains);
  };
  const at::Tensor encoded = network->encoder(x);
  (class_loss(encoded) + domain_loss(reverse_gradient(encoded, lambda))).backward();

  const auto value = [&](double class_weight, double domain_weight) {
    const at::NoGradGuard no_grad;
    const at::Tensor z = network->encoder(x);
    return (class_weight * class_loss(z) + domain_weight * domain_loss(z)).item<double>();
  };
  for (const auto& item : network->named_parameters()) {
    SCOPED_TRACE(item.key());
    const bool domain_head = item.key().starts_with("domain_head");
    const double class_weight = domain_head ? 0 : 1;
    const double domain_weight =
        domain_head ? 1 : (item.key().starts_with("encoder") ? -lambda : 0);
    at::Tensor parameter = item.value().detach().view(-1);
    const at::Tensor gradient = item.value().grad().view(-1);
    const double h = 1e-6;
    for (std::int64_t j = 0; j < parameter.numel(); j += parameter.numel() / 3) {
      double* entry = parameter.data_ptr<double>() + j;
      const double kept = *entry;
      *entry = kept + h;
      const double up = value(class_weight, domain_weight);
      *entry = kept - h;
      const double down = value(class_weight, domain_weight);
      *entry = kept;
      EXPECT_NEAR(gradient[j].item<double>(), (up - down) / (2 * h), 1e-6);
    }
  }
}

TEST(NetworkTraining, RefusesALossThatIsNotFinite) {
  Lcg lcg(4);
  InitialWeights weights;
  weights.hidden = affine(lcg, 0.5, 2, 256);
  weights.encoded = affine(lcg, 0.125, 256, 64);
  weights.class_head = affine(lcg, 0.25, 64, 2);
  const Candidate candidate;
  NetworkTraining training(Network(weights), candidate);
  const TrainingSamples batch{
      .features = at::full({4, 2}, std::numeric_limits<float>::quiet_NaN()),
      .classes = at::tensor(std::vector<std::int64_t>{0, 1, 0, 1}, at::kLong)};
  try {
    (void)training.step(batch, {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::bad_input);
    EXPECT_STREQ(error.what(),
                 "a training loss is not finite (class nan, domain 0; learning rate 0.001, lambda "
                 "0). lower the learning rate or lambda, or check the embedding");
  }
}

TEST(DomainSolver, GivesAbsentDomainsNoColumn) {
  const DomainSolver solver({4, 1, 4, 7, 1}, best_instruction_set());
  EXPECT_EQ(solver.domains(), 3U);
  EXPECT_EQ(solver.columns(), (std::vector<std::int32_t>{1, 0, 1, 2, 0}));
}

TEST(DomainSolver, LeavesSamplesWithoutALabelOut) {
  const DomainSolver solver({4, -1, 7, -1, 4}, best_instruction_set(), "sex");
  EXPECT_EQ(solver.domains(), 2U);
  EXPECT_EQ(solver.columns(), (std::vector<std::int32_t>{0, -1, 1, -1, 0}));
  const HeadLabels labels = solver.labels();
  const auto list = [](const auto& span) { return std::vector(span.begin(), span.end()); };
  EXPECT_EQ(list(labels.weights), (std::vector<float>{1, 0, 1, 0, 1}));
  EXPECT_EQ(list(labels.known), (std::vector<std::uint32_t>{0, 2, 4}));
  EXPECT_EQ(list(labels.known_columns), (std::vector<std::int32_t>{0, 1, 0}));
  EXPECT_TRUE(DomainSolver({4, 7}, best_instruction_set()).labels().weights.empty());
}

TEST(DomainSolver, NamesTheAdversaryOfOneLevel) {
  try {
    const DomainSolver solver({2, -1, 2}, best_instruction_set(), "sex");
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "the training samples of this fold are all of one sex (there is nothing to "
                 "disentangle). use fewer folds, or stratify by domain");
  }
}

/// PyTorch's own has no gradient there, and no loss that is a number.
TEST(NetworkTraining, ABatchWithoutALabelOfAnAdversaryLeavesItsHeadWithoutAGradient) {
  const RecordedTraining training("several");
  Network network(training.weights);
  const Candidate candidate;
  NetworkTraining steps(network, candidate);
  const at::Tensor places = places_of({0, 1, 2, 3});
  const at::Tensor features =
      at::tensor(training.features).view({RecordedTraining::kSamples, RecordedTraining::kDim});
  const at::Tensor classes = at::tensor(training.classes).to(at::kLong);
  TrainingSamples batch{.features = features.index_select(0, places),
                        .classes = classes.index_select(0, places)};
  batch.adversaries.push_back(head_samples(training.adversaries()[0], places));
  batch.adversaries.push_back({.columns = at::full({4}, -1, at::kLong),
                               .weights = at::zeros({4}),
                               .levels = RecordedTraining::kSexes});
  const BatchLosses losses = steps.step(batch, std::vector<double>{1, 1});
  EXPECT_GT(losses.domain[0], 0);
  EXPECT_EQ(losses.domain[1], 0);
  const at::Tensor gradient = network->domain_head->weight.grad();
  EXPECT_GT(gradient.narrow(0, 0, RecordedTraining::kDomains).abs().max().item<double>(), 0);
  EXPECT_EQ(gradient.narrow(0, RecordedTraining::kDomains, RecordedTraining::kSexes)
                .abs()
                .max()
                .item<double>(),
            0);
}

TEST(DomainSolver, RefusesASingleDomain) {
  try {
    const DomainSolver solver({2, 2, 2}, best_instruction_set());
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::bad_input);
    EXPECT_STREQ(error.what(),
                 "the training samples of this fold are all of one domain (there is nothing to "
                 "disentangle). use fewer folds, or stratify by domain");
  }
}

}  // namespace
}  // namespace crossfold::train
