#pragma once

#include <cstddef>
#include <cstdint>

#include "crossfold/solve/instruction_set.h"

namespace crossfold::solve {

/// Rows that a softmax is worked out for together; numbers that belong to rows lie [numbers, 64].
inline constexpr std::size_t kSoftmaxBlock = 64;

/// A block of rows of SoftmaxObjective, at the linear predictors base + length * direction.
struct SoftmaxBlock {
  std::size_t levels = 0;
  std::size_t size = 0;                  ///< rows that count, at most kSoftmaxBlock
  double share = 0;                      ///< of one row in the mean
  const double* contrasts = nullptr;     ///< Q [levels, levels - 1]
  const std::int32_t* labels = nullptr;  ///< [size]
  const double* weights = nullptr;       ///< [size]; nullptr: all 1
  const double* base = nullptr;          ///< [levels - 1, 64]
  const double* direction = nullptr;     ///< [levels - 1, 64]
  double length = 0;
  double* residuals = nullptr;     ///< w Q^T (p - label) times share [levels - 1, 64]
  double* slopes = nullptr;        ///< residuals times direction, added to, by place [64]
  float* probabilities = nullptr;  ///< [levels, 64]
  float* curvature = nullptr;      ///< w Q^T (diag p - p p^T) Q [pairs a <= b, 64]
  double* scratch = nullptr;       ///< [levels, 64]
};

/// A block's part of a product with the Hessian.
template <class T>
struct FactorBlock {
  std::size_t columns = 0;
  T share = 0;                       ///< of one row in the mean
  const float* curvature = nullptr;  ///< 0 for rows that do not count
  const T* offsets = nullptr;        ///< [columns]
  T* predictors = nullptr;           ///< rows times weights [columns, 64]; used up
  T* factors = nullptr;              ///< curvature (predictors + offsets) share [columns, 64]
  T* factor_sums = nullptr;          ///< added to, by place [columns, 64]
};

/// The part of a logistic regression that is done row by row, between the products of RowKernels.
struct SoftmaxKernels {
  /// Fills in residuals, probabilities and curvature; the rows' weighted loss times share. Rows
  /// that do not count get neither residual nor curvature.
  double (*evaluate)(const SoftmaxBlock& block);
  void (*factors_float)(const FactorBlock<float>& block);
  void (*factors_double)(const FactorBlock<double>& block);
};

/// Where the pair a <= b of columns stands in a curvature.
[[nodiscard]] constexpr std::size_t curvature_pair(std::size_t a, std::size_t b) {
  return b * (b + 1) / 2 + a;
}

/// The kernels of one of instruction_sets().
[[nodiscard]] const SoftmaxKernels& softmax_kernels(InstructionSet set);

}  // namespace crossfold::solve
