#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "crossfold/plan/fit_result.h"
#include "crossfold/solve/logistic_regression.h"

namespace crossfold::train {

/// What a domain head is to tell of each training sample of a split. Views.
struct HeadLabels {
  std::span<const std::int32_t> columns;  ///< [n] of the head; -1: missing
  std::size_t levels = 0;                 ///< columns of the head
  // Where some are missing; else empty.
  std::span<const float> weights;               ///< [n] 0: missing, 1: not
  std::span<const std::uint32_t> known;         ///< [m] places of those that are not
  std::span<const std::int32_t> known_columns;  ///< [m]
};

/// A domain head solved on `encoded` [n, 64], row i being training sample i, over the samples that
/// have a label; `start` is the head as it stands. Intercepts are centred.
[[nodiscard]] LogisticFit solve_head(const HeadLabels& labels, std::span<const float> encoded,
                                     const LogisticModel& start, InstructionSet set);

/// What the domain head of one adversary tells apart, and its solution after each epoch
/// (METHODS 4).
///
/// Levels that the fit's own training samples lack get no column, in the head as in every logistic
/// regression: no batch ever holds them, so a column of theirs could only be pushed down, while its
/// share of the softmax disturbed the encoder's gradient. `domains` counts those that are there.
class DomainSolver {
 public:
  /// `codes` are the levels of the training samples, -1 where missing, of the adversary `of`.
  /// Error{bad_input} where fewer than two occur.
  DomainSolver(const std::vector<std::int32_t>& codes, InstructionSet set,
               std::string_view of = "domain");

  /// Columns of the head.
  [[nodiscard]] std::size_t domains() const { return domains_; }
  /// The training samples' columns.
  [[nodiscard]] const std::vector<std::int32_t>& columns() const { return columns_; }
  /// Valid as long as this.
  [[nodiscard]] HeadLabels labels() const;

  /// See solve_head.
  [[nodiscard]] LogisticModel solve(std::span<const float> encoded, const LogisticModel& start,
                                    SolverFacts& facts) const;

 private:
  InstructionSet set_;
  std::size_t domains_ = 0;
  std::vector<std::int32_t> columns_;
  std::vector<float> weights_;
  std::vector<std::uint32_t> known_;
  std::vector<std::int32_t> known_columns_;
};

}  // namespace crossfold::train
