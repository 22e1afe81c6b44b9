#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "crossfold/solve/instruction_set.h"

namespace crossfold::solve {

/// Products of a tall float32 matrix with a few columns, the shape that logistic regression lives
/// on and that BLAS does badly: it would copy the matrix to pack it, and cannot sum in float64.
/// Rows are given one by one, so that a gathered matrix is never built. T, float or double, is the
/// type of the sums; their order is fixed by the instruction set alone.
template <class T>
struct RowKernels {
  /// out[c, i] = sum_d rows[i][d] weights[c, d]. `weights` is [columns, dim]; a column of `out`
  /// holds `count` numbers and the next one begins `stride` further on.
  void (*products)(const float* const* rows, std::size_t count, std::size_t dim, const T* weights,
                   std::size_t columns, T* out, std::size_t stride);
  /// sums[c, d] += sum_i factors[c, i] rows[i][d]. `sums` is [columns, dim]; a column of `factors`
  /// holds `count` numbers and the next one begins `stride` further on.
  void (*add_transposed)(const float* const* rows, std::size_t count, std::size_t dim,
                         const T* factors, std::size_t stride, std::size_t columns, T* sums);
};

/// The kernels for one of instruction_sets(); T is float or double. They differ in the last bits.
template <class T>
[[nodiscard]] const RowKernels<T>& row_kernels(InstructionSet set);

}  // namespace crossfold::solve
