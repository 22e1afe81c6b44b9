#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "crossfold/solve/logistic_regression.h"
#include "crossfold/train/engine.h"

namespace crossfold::train {

/// Codes of the given rows.
[[nodiscard]] std::vector<std::int32_t> labels_of(const CodedColumn& column,
                                                  std::span<const std::uint32_t> rows);

/// Adds one logistic regression to the facts of a fit.
void record_solve(const LogisticFit& solve, SolverFacts& facts);

/// Fills in how many samples the fit had.
void count_samples(const FitTask& task, FitResult& result);

/// Scores logits [n, K] of the target on the held-out fold and, where the experiment asks, on the
/// out-of-sample set (`oos_logits` may be empty otherwise); keeps the probabilities when the task
/// asks for predictions.
void score_target(const FitTask& task, std::span<const double> held_out_logits,
                  std::span<const double> oos_logits, FitResult& result);

}  // namespace crossfold::train
