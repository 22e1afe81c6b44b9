#include "eigenpairs.h"

#include <cmath>

#include <gtest/gtest.h>

#include "crossfold/core/random_stream.h"

namespace crossfold::projection {
namespace {

/// Tridiagonal, -1 beside the diagonal of 2s: its eigenvalues are known.
void second_difference(std::span<const double> x, std::span<double> y) {
  for (std::size_t i = 0; i < x.size(); ++i)
    y[i] = 2 * x[i] - (i > 0 ? x[i - 1] : 0) - (i + 1 < x.size() ? x[i + 1] : 0);
}

double eigenvalue(std::size_t k, std::size_t n) {
  return 2 -
         2 * std::cos(3.14159265358979323846 * static_cast<double>(k) / static_cast<double>(n + 1));
}

TEST(Eigenpairs, LargestOfAKnownMatrixAreFoundThroughRestarts) {
  constexpr std::size_t kSize = 300;
  const EigenPairs pairs =
      largest_eigenpairs(kSize, second_difference, {.wanted = 4, .tolerance = 1e-10});
  EXPECT_LE(pairs.residual, 1e-10);
  for (std::size_t k = 0; k < 4; ++k) {
    EXPECT_NEAR(pairs.values[k], eigenvalue(kSize - k, kSize), 1e-12);
    std::vector<double> product(kSize);
    second_difference(pairs.vectors[k], product);
    for (std::size_t i = 0; i < kSize; ++i)
      EXPECT_NEAR(product[i], pairs.values[k] * pairs.vectors[k][i], 1e-8);
  }
}

TEST(Eigenpairs, EqualEigenvaluesHaveOrthogonalVectors) {
  const auto diagonal = [](std::span<const double> x, std::span<double> y) {
    for (std::size_t i = 0; i < x.size(); ++i) y[i] = (i < 3 ? 5.0 : 1.0) * x[i];
  };
  const EigenPairs pairs = largest_eigenpairs(100, diagonal, {.wanted = 3});
  for (std::size_t a = 0; a < 3; ++a) {
    EXPECT_NEAR(pairs.values[a], 5, 1e-12);
    for (std::size_t b = 0; b <= a; ++b) {
      double product = 0;
      for (std::size_t i = 0; i < 100; ++i) product += pairs.vectors[a][i] * pairs.vectors[b][i];
      EXPECT_NEAR(product, a == b ? 1 : 0, 1e-12);
    }
  }
}

TEST(Eigenpairs, OfATinyMatrixAreAllThereAre) {
  const auto swap = [](std::span<const double> x, std::span<double> y) {
    y[0] = x[1];
    y[1] = x[0];
  };
  const EigenPairs pairs = largest_eigenpairs(2, swap, {.wanted = 2});
  EXPECT_NEAR(pairs.values[0], 1, 1e-15);
  EXPECT_NEAR(pairs.values[1], -1, 1e-15);
}

TEST(DenseEigenpairs, PutARandomMatrixTogetherAgain) {
  constexpr std::size_t kSize = 20;
  RandomStream stream({.root_seed = 3, .seed = {}, .fold = {}}, "test");
  std::vector<double> matrix(kSize * kSize);
  for (std::size_t i = 0; i < kSize; ++i)
    for (std::size_t j = 0; j <= i; ++j)
      matrix[i * kSize + j] = matrix[j * kSize + i] = stream.uniform(-1, 1);
  const EigenPairs pairs = dense_eigenpairs(matrix, kSize);
  for (std::size_t i = 0; i < kSize; ++i)
    for (std::size_t j = 0; j < kSize; ++j) {
      double sum = 0;
      for (std::size_t k = 0; k < kSize; ++k)
        sum += pairs.values[k] * pairs.vectors[k][i] * pairs.vectors[k][j];
      EXPECT_NEAR(sum, matrix[i * kSize + j], 1e-13);
    }
}

}  // namespace
}  // namespace crossfold::projection
