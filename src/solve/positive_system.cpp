#include "crossfold/solve/positive_system.h"

#include <cmath>
#include <cstddef>

#include "crossfold/core/error.h"

namespace crossfold::solve {
namespace {

/// The lower half of [size, size] becomes its Cholesky factor, row by row.
void factor_in_place(std::vector<double>& matrix, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) {
    double* row = matrix.data() + i * size;
    for (std::size_t j = 0; j <= i; ++j) {
      const double* above = matrix.data() + j * size;
      double sum = row[j];
      for (std::size_t k = 0; k < j; ++k) sum -= row[k] * above[k];
      if (j < i) {
        row[j] = sum / above[j];
      } else {
        CF_EXPECT(sum > 0);
        row[i] = std::sqrt(sum);
      }
    }
  }
}

}  // namespace

std::vector<double> solve_positive_definite(std::vector<double> matrix,
                                            std::span<const double> right_side) {
  const std::size_t size = right_side.size();
  CF_EXPECT(matrix.size() == size * size);
  factor_in_place(matrix, size);
  std::vector<double> x(right_side.begin(), right_side.end());
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t k = 0; k < i; ++k) x[i] -= matrix[i * size + k] * x[k];
    x[i] /= matrix[i * size + i];
  }
  for (std::size_t i = size; i-- > 0;) {
    x[i] /= matrix[i * size + i];
    for (std::size_t k = 0; k < i; ++k) x[k] -= matrix[i * size + k] * x[i];
  }
  return x;
}

}  // namespace crossfold::solve
