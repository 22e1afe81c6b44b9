#pragma once

#include <span>
#include <vector>

namespace crossfold::solve {

/// The x of A x = b by Cholesky's factorisation in float64, for a symmetric positive definite
/// A [n, n], row-major, of which the lower half is read. O(n^3). Error{internal} when A is not
/// positive definite: whoever makes the matrix adds what it takes.
[[nodiscard]] std::vector<double> solve_positive_definite(std::vector<double> matrix,
                                                          std::span<const double> right_side);

}  // namespace crossfold::solve
