#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "cohort_kernels.h"
#include "device.h"

namespace crossfold::train::cuda {

/// A logistic regression on z' in the memory of a device.
struct HeadProblem {
  std::uint64_t features = 0;            ///< where its [labels.size(), 64] begin
  std::span<const std::int32_t> labels;  ///< in 0 .. levels - 1
  std::size_t levels = 0;
  const LogisticModel* start = nullptr;  ///< nullptr: zeros
};

/// Solves logistic regressions together, each as fit_logistic() would (C = 1, the same objective
/// and the same tests of convergence), by Newton's method with the whole Hessian: the device passes
/// over the samples, the host decides on steps. A factored Hessian serves as long as each step cuts
/// the gradient to a quarter. A problem's numbers do not depend on the others'.
[[nodiscard]] std::vector<HeadSolve> solve_heads(Device& device, const float* features,
                                                 std::span<const HeadProblem> problems);

/// Mean cross-entropies of heads as they are, theirs being the `start`s.
[[nodiscard]] std::vector<double> head_losses(Device& device, const float* features,
                                              std::span<const HeadProblem> problems);

/// Memory that a problem of so many samples and levels takes on the device, beside its features.
[[nodiscard]] std::size_t head_problem_bytes(std::size_t samples, std::size_t levels);

}  // namespace crossfold::train::cuda
