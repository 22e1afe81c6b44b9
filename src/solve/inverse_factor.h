#pragma once

#include <cstddef>
#include <vector>

#include "crossfold/solve/instruction_set.h"

namespace crossfold::solve {

/// L^-1 of a symmetric positive definite matrix A = L L^T, in float32, for a preconditioner: it
/// applies A^-1 as L^-T (L^-1 r). Where rounding keeps A from having a factor, its diagonal is
/// raised until it has one.
class InverseFactor {
 public:
  /// `matrix` [size, size], row-major; its lower triangle counts. Error{bad_input} when it is not
  /// finite.
  InverseFactor(std::vector<float> matrix, std::size_t size, InstructionSet set);

  /// out = A^-1 in for `columns` vectors [columns, size] at once; sums in float64.
  void apply(const double* in, std::size_t columns, double* out) const;

 private:
  std::size_t size_;
  InstructionSet set_;
  std::vector<float> inverse_;  ///< [size, size], lower triangle
};

}  // namespace crossfold::solve
