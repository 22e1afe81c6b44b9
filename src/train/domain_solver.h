#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "crossfold/plan/fit_result.h"
#include "crossfold/solve/logistic_regression.h"

namespace crossfold::train {

/// Solves the domain head of a fit after each epoch (METHODS 4).
///
/// Domains that the fit's own training samples lack get no column, in the head as in every logistic
/// regression: no batch ever holds them, so a column of theirs could only be pushed down, while its
/// share of the softmax disturbed the encoder's gradient. `domains` counts those that are there.
class DomainSolver {
 public:
  /// `codes` are the domains of the training samples.
  DomainSolver(const std::vector<std::int32_t>& codes, InstructionSet set);

  /// Columns of the head.
  [[nodiscard]] std::size_t domains() const { return domains_; }
  /// The training samples' columns.
  [[nodiscard]] const std::vector<std::int32_t>& columns() const { return columns_; }

  /// The head solved on `encoded` [n, 64], row i being training sample i; `start` is the head as it
  /// stands. Intercepts are centred.
  [[nodiscard]] LogisticModel solve(std::span<const float> encoded, const LogisticModel& start,
                                    SolverFacts& facts) const;

 private:
  InstructionSet set_;
  std::size_t domains_ = 0;
  std::vector<std::int32_t> columns_;
};

}  // namespace crossfold::train
