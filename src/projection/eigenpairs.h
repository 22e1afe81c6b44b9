#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

namespace crossfold::projection {

/// y = A x, A symmetric [n, n].
using SymmetricOperator = std::function<void(std::span<const double> x, std::span<double> y)>;

struct EigenSettings {
  std::size_t wanted = 2;        ///< 1 <= wanted <= n
  double tolerance = 1e-9;       ///< of the residual, relative to the largest eigenvalue's size
  std::size_t max_steps = 5000;  ///< products with A, about
};

/// Eigenvalues, largest first, with orthonormal eigenvectors.
struct EigenPairs {
  std::vector<double> values;
  std::vector<std::vector<double>> vectors;  ///< each [n]
  double residual = 0;                       ///< of the worst pair, relative
};

/// The largest eigenvalues of A: Lanczos with thick restarts and full reorthogonalisation (Wu and
/// Simon 2000), from a fixed start vector. What is not converged after max_steps is returned as it
/// is, and `residual` says so.
[[nodiscard]] EigenPairs largest_eigenpairs(std::size_t n, const SymmetricOperator& apply,
                                            const EigenSettings& settings);

/// All eigenpairs of a dense symmetric matrix [n, n], row-major, largest first (Jacobi's
/// rotations).
[[nodiscard]] EigenPairs dense_eigenpairs(std::vector<double> matrix, std::size_t n);

}  // namespace crossfold::projection
