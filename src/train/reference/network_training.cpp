#include "network_training.h"

#include <cmath>
#include <span>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <torch/nn/functional/loss.h>

#include "crossfold/core/error.h"

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

void copy_into(at::Tensor& parameter, const std::vector<double>& values) {
  const at::NoGradGuard no_grad;
  parameter.copy_(at::tensor(values, at::kDouble).view_as(parameter));
}

}  // namespace

NetworkTraining::NetworkTraining(Network network, const TrainingSettings& settings,
                                 DomainHead domain_head)
    : network_(std::move(network)),
      learning_rate_(settings.learning_rate),
      optimizer_(moved_parameters(network_, domain_head),
                 torch::optim::AdamWOptions(settings.learning_rate)
                     .betas({0.9, 0.999})
                     .eps(1e-8)
                     .weight_decay(settings.weight_decay)
                     .amsgrad(true)) {}

BatchLosses NetworkTraining::step(const TrainingSamples& batch, double lambda) {
  namespace functional = torch::nn::functional;
  const at::Tensor encoded = network_->encoder(batch.features);
  at::Tensor loss = functional::cross_entropy(network_->class_head(encoded), batch.classes);
  BatchLosses losses{.klass = loss.item<double>(), .domain = 0};
  if (network_->domain_head) {
    const at::Tensor domain_loss = functional::cross_entropy(
        network_->domain_head(reverse_gradient(encoded, lambda)), batch.domains);
    losses.domain = domain_loss.item<double>();
    loss = loss + domain_loss;
  }
  CF_VALIDATE(std::isfinite(losses.klass) && std::isfinite(losses.domain), ErrorCode::bad_input,
              fmt::format("a training loss is not finite (class {}, domain {}; learning rate {}, "
                          "lambda {}). lower the learning rate or lambda, or check the embedding",
                          losses.klass, losses.domain, learning_rate_, lambda));
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
                       torch::nn::Linear& head, SolverFacts& facts) {
  const LogisticModel start{.levels = solver.domains(),
                            .dim = static_cast<std::size_t>(encoded.size(1)),
                            .weights = doubles_of(head->weight),
                            .intercepts = doubles_of(head->bias)};
  const std::span<const float> rows(encoded.data_ptr<float>(),
                                    static_cast<std::size_t>(encoded.numel()));
  const LogisticModel solution = solver.solve(rows, start, facts);
  copy_into(head->weight, solution.weights);
  copy_into(head->bias, solution.intercepts);
}

}  // namespace crossfold::train
