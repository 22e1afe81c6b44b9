#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "softmax_objective.h"

namespace crossfold::solve {

/// An approximate inverse of the objective's Hessian at the point where it was made; symmetric and
/// positive definite whatever the rounding, so that conjugate gradients stay sound.
class NewtonPreconditioner {
 public:
  virtual ~NewtonPreconditioner() = default;
  /// out = M residual, both shaped as theta.
  virtual void apply(std::span<const double> residual, std::span<double> out) const = 0;
};

enum class PreconditionerKind {
  shared,     ///< one block, the Gram matrix of the features, for every contrast
  joint,      ///< the whole Hessian; for few parameters
  per_level,  ///< one block for each level, weighted by p (1 - p)
};

/// Products and factors in float32, applied in float64.
[[nodiscard]] std::unique_ptr<NewtonPreconditioner> make_preconditioner(
    const SoftmaxObjective& objective, PreconditionerKind kind);

/// What making it costs, in Hessian products of the same objective.
[[nodiscard]] double cost_in_products(const SoftmaxObjective& objective, PreconditionerKind kind);

}  // namespace crossfold::solve
