#include "network_training.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>
#include <vector>

#include <torch/nn/functional/linear.h>
#include <torch/nn/functional/loss.h>

#include "crossfold/core/error.h"

#include "adversary_curves.h"

namespace crossfold::train {
namespace {

/// What the optimiser moves: a head that stands still has no part in it, and so no weight decay.
std::vector<at::Tensor> moved_parameters(Network& network, DomainHead domain_head) {
  std::vector<at::Tensor> parameters = network->encoder->parameters();
  for (const at::Tensor& parameter : network->class_head->parameters()) {
    parameters.push_back(parameter);
  }
  if (network->domain_head && domain_head == DomainHead::trained) {
    for (const at::Tensor& parameter : network->domain_head->parameters()) {
      parameters.push_back(parameter);
    }
  }
  return parameters;
}

std::vector<double> doubles_of(const at::Tensor& tensor) {
  const at::Tensor values = tensor.detach().to(at::kCPU).to(at::kDouble).contiguous();
  const double* first = values.data_ptr<double>();
  return {first, first + values.numel()};
}

void copy_into(const at::Tensor& parameter, const std::vector<double>& values) {
  const at::NoGradGuard no_grad;
  parameter.copy_(at::tensor(values, at::kDouble).view_as(parameter));
}

/// The weighted mean; 0, and gradients of 0, where no sample has any weight. A label of no weight
/// may be -1.
at::Tensor mean_loss(const at::Tensor& logits, const at::Tensor& labels,
                     const at::Tensor& weights) {
  namespace functional = torch::nn::functional;
  if (!weights.defined()) return functional::cross_entropy(logits, labels);
  const at::Tensor losses = functional::cross_entropy(
      logits, labels,
      functional::CrossEntropyFuncOptions().ignore_index(-1).reduction(torch::kNone));
  const at::Tensor sum = weights.sum();
  return (losses * weights).sum() / at::where(sum > 0, sum, at::ones_like(sum));
}

}  // namespace

NetworkTraining::NetworkTraining(Network network, const Candidate& candidate)
    : network_(std::move(network)),
      candidate_(&candidate),
      learning_rate_(training_of(candidate).learning_rate),
      optimizer_(moved_parameters(network_, domain_head_of(candidate)),
                 torch::optim::AdamWOptions(training_of(candidate).learning_rate)
                     .betas({0.9, 0.999})
                     .eps(1e-8)
                     .weight_decay(training_of(candidate).weight_decay)
                     .amsgrad(true)) {}

BatchLosses NetworkTraining::step(const TrainingSamples& batch, std::span<const double> lambdas) {
  namespace functional = torch::nn::functional;
  const at::Tensor encoded = network_->encoder(batch.features);
  at::Tensor loss = mean_loss(network_->class_head(encoded), batch.classes, batch.class_weights);
  BatchLosses losses{.class_label = loss.item<double>()};
  CF_EXPECT(lambdas.size() == batch.adversaries.size());
  std::int64_t first = 0;
  for (std::size_t i = 0; i < batch.adversaries.size(); ++i) {
    const HeadSamples& head = batch.adversaries[i];
    const at::Tensor logits =
        functional::linear(reverse_gradient(encoded, lambdas[i]),
                           network_->domain_head->weight.narrow(0, first, head.levels),
                           network_->domain_head->bias.narrow(0, first, head.levels));
    const at::Tensor of_head = mean_loss(logits, head.columns, head.weights);
    losses.domain.push_back(of_head.item<double>());
    loss = loss + of_head;
    first += head.levels;
  }
  const auto is_finite = [](double value) { return std::isfinite(value); };
  if (!is_finite(losses.class_label) ||
      !std::all_of(losses.domain.begin(), losses.domain.end(), is_finite))
    throw loss_not_finite(*candidate_, {.class_label = losses.class_label,
                                        .domain = losses.domain,
                                        .learning_rate = learning_rate_,
                                        .lambdas = lambdas});
  network_->zero_grad();
  loss.backward();
  optimizer_.step();
  return losses;
}

void NetworkTraining::multiply_learning_rate(double factor) {
  learning_rate_ *= factor;
  for (torch::optim::OptimizerParamGroup& group : optimizer_.param_groups()) {
    static_cast<torch::optim::AdamWOptions&>(group.options()).lr(learning_rate_);
  }
}

void solve_domain_head(const DomainSolver& solver, const at::Tensor& encoded,
                       torch::nn::Linear& head, std::int64_t first, SolverFacts& facts) {
  const at::NoGradGuard no_grad;
  const auto columns = static_cast<std::int64_t>(solver.domains());
  const at::Tensor weight = head->weight.narrow(0, first, columns);
  const at::Tensor bias = head->bias.narrow(0, first, columns);
  const LogisticModel start{.levels = solver.domains(),
                            .dim = static_cast<std::size_t>(encoded.size(1)),
                            .weights = doubles_of(weight),
                            .intercepts = doubles_of(bias)};
  const std::span<const float> rows(encoded.data_ptr<float>(),
                                    static_cast<std::size_t>(encoded.numel()));
  const LogisticModel solution = solver.solve(rows, start, facts);
  copy_into(weight, solution.weights);
  copy_into(bias, solution.intercepts);
}

}  // namespace crossfold::train
