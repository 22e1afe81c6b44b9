#include "domain_solver.h"

#include <algorithm>
#include <cstddef>
#include <span>

#include "crossfold/core/error.h"
#include "crossfold/train/logistic_regression.h"

#include "score_fit.h"

namespace crossfold::train {
namespace {

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

DomainSolver::DomainSolver(const std::vector<std::int32_t>& codes) {
  std::vector<std::int32_t> present(codes);
  std::sort(present.begin(), present.end());
  present.erase(std::unique(present.begin(), present.end()), present.end());
  domains_ = present.size();
  CF_VALIDATE(domains_ >= 2, ErrorCode::bad_input,
              "the training samples of this fold are all of one domain (there is nothing to "
              "disentangle). use fewer folds, or stratify by domain");
  columns_.reserve(codes.size());
  for (const std::int32_t code : codes) {
    const auto place = std::lower_bound(present.begin(), present.end(), code);
    columns_.push_back(static_cast<std::int32_t>(place - present.begin()));
  }
}

void DomainSolver::solve(const at::Tensor& encoded, torch::nn::Linear& head,
                         SolverFacts& facts) const {
  const FeatureRows features{
      .values = std::span<const float>(encoded.data_ptr<float>(),
                                       static_cast<std::size_t>(encoded.numel())),
      .dim = static_cast<std::size_t>(encoded.size(1)),
      .rows = std::nullopt,
      .scaling = nullptr};
  const LogisticModel start{.levels = domains_,
                            .dim = features.dim,
                            .weights = doubles_of(head->weight),
                            .intercepts = doubles_of(head->bias)};
  const LogisticFit solution = fit_logistic(features, columns_, domains_, {}, &start);
  record_solve(solution, facts);
  copy_into(head->weight, solution.model.weights);
  copy_into(head->bias, solution.model.intercepts);
}

}  // namespace crossfold::train
