#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "crossfold/solve/feature_rows.h"
#include "crossfold/solve/instruction_set.h"

namespace crossfold {

/// An affine layer with softmax. A level that was absent where it was fitted has zero weights and
/// the intercept -infinity, so that its probability is exactly 0.
struct LogisticModel {
  std::size_t levels = 0;
  std::size_t dim = 0;
  std::vector<double> weights;     ///< [levels, dim]
  std::vector<double> intercepts;  ///< [levels]; those of present levels sum to zero
};

struct LogisticSettings {
  double c = 1;  ///< inverse strength of the penalty
  double gradient_tolerance = 1e-6;
  int max_iterations = 100;  ///< Newton steps
  InstructionSet instruction_set = best_instruction_set();
  /// [n] of the rows in the cross-entropy, whose mean is over n all the same; empty: all 1.
  std::span<const float> weights = {};
};

struct LogisticFit {
  LogisticModel model;
  bool converged = false;  ///< `gradient` is at most the tolerance
  double gradient = 0;     ///< largest absolute entry of the objective's gradient, in float64
  int iterations = 0;      ///< Newton steps
  int products = 0;        ///< Hessian-vector products: passes over the features
};

/// Multinomial logistic regression: the W [levels, dim] and b [levels] that minimise
/// `mean cross-entropy + ||W||^2 / (2 c n)` with softmax over all levels that occur in `labels`,
/// two levels too (METHODS 5). W belongs to the features as `features.scaling` maps them.
///
/// Newton's method with conjugate gradients (Nocedal and Wright 2006, algorithm 7.1). Objective and
/// gradient are summed in float64; float32 serves the preconditioner and the Hessian products of
/// the inner iteration, which decide on time and not on the answer. So does `start`, whose absent
/// levels are ignored. After the gradient test holds, steps go on until the next one would move the
/// linear predictors of the fitted samples by at most 3e-5: where the objective is flat, a small
/// gradient alone does not settle the probabilities.
///
/// `labels` are in 0 .. levels - 1, one for each row. Error{bad_input} when fewer than two levels
/// occur or a feature is not finite. Same input and instruction set, same bits, as long as
/// LibTorch's and BLAS's threads are set to one, which every engine does for the thread that makes
/// it.
[[nodiscard]] LogisticFit fit_logistic(const FeatureRows& features,
                                       std::span<const std::int32_t> labels, std::size_t levels,
                                       const LogisticSettings& settings = {},
                                       const LogisticModel* start = nullptr);

/// Logits [count, levels] in float64; `features.scaling` must be that of the fit.
[[nodiscard]] std::vector<double> logits(const LogisticModel& model, const FeatureRows& features,
                                         InstructionSet set = best_instruction_set());

/// Class probabilities [count, levels]: the softmax of the logits in float64.
[[nodiscard]] std::vector<double> probabilities(const LogisticModel& model,
                                                const FeatureRows& features,
                                                InstructionSet set = best_instruction_set());

}  // namespace crossfold
