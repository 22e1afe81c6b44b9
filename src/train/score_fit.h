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

/// Logits [n, K] of the target of the samples that a fit is scored on.
struct TargetLogits {
  std::vector<double> held_out;
  std::vector<double> oos;                ///< empty where the experiment does not ask
  std::vector<std::vector<double>> sets;  ///< of each of scored_sets()
};

/// The named sets that the experiment evaluates: rows of the store.
[[nodiscard]] std::span<const std::vector<std::uint32_t>> scored_sets(const FitTask& task);

/// Scores the target; keeps the probabilities when the task asks for predictions.
void score_target(const FitTask& task, const TargetLogits& logits, FitResult& result);

/// The probe (METHODS 6): logistic regression from `features` of `other_folds`, which are
/// all_other_folds() of the split, to the probed label.
[[nodiscard]] LogisticFit fit_probe(const FitTask& task, std::span<const std::uint32_t> other_folds,
                                    const FeatureRows& features, InstructionSet set);

/// Records a probe and scores it on the held-out fold; `held_out` has the rows of the split's test.
void score_probe(const FitTask& task, const LogisticFit& probe, const FeatureRows& held_out,
                 InstructionSet set, FitResult& result);

}  // namespace crossfold::train
