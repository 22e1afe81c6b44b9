#pragma once

#include <cstdint>
#include <functional>
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

/// Logits [n, K] of the target of rows of the store.
using LogitsOf = std::function<std::vector<double>(std::span<const std::uint32_t> rows)>;

/// Scores the target on the held-out fold, whose logits [n, K] are `held_out_logits`, and, where
/// the experiment asks, on the out-of-sample set and the named sets of the split; keeps the
/// probabilities when the task asks for predictions.
void score_target(const FitTask& task, std::span<const double> held_out_logits,
                  const LogitsOf& logits_of, FitResult& result);

}  // namespace crossfold::train
