#include "inverse_factor.h"

#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "crossfold/core/error.h"
#include "crossfold/solve/one_thread.h"

#include "solve/lcg.h"

namespace crossfold::solve {
namespace {

using test::Lcg;

/// X^T X / n + diagonal, from uniform numbers.
std::vector<float> gram(std::size_t size, double diagonal) {
  const std::size_t rows = size + 10;
  Lcg lcg(size);
  std::vector<double> x(rows * size);
  for (double& value : x) value = lcg.uniform() - 0.5;
  std::vector<float> matrix(size * size);
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t j = 0; j < size; ++j) {
      double sum = 0;
      for (std::size_t row = 0; row < rows; ++row) sum += x[row * size + i] * x[row * size + j];
      matrix[i * size + j] =
          static_cast<float>(sum / static_cast<double>(rows) + (i == j ? diagonal : 0));
    }
  }
  return matrix;
}

/// Sizes around the factor's blocks.
class InverseFactorOf : public testing::TestWithParam<std::size_t> {};

TEST_P(InverseFactorOf, UndoesTheMatrix) {
  use_one_thread();
  const std::size_t size = GetParam();
  const std::vector<float> matrix = gram(size, 0.1);
  const InverseFactor factor(matrix, size, best_instruction_set());
  constexpr std::size_t kColumns = 3;
  Lcg lcg(1);
  std::vector<double> wanted(kColumns * size), in(kColumns * size), out(kColumns * size);
  for (double& value : wanted) value = lcg.uniform() - 0.5;
  for (std::size_t c = 0; c < kColumns; ++c)
    for (std::size_t i = 0; i < size; ++i)
      for (std::size_t j = 0; j < size; ++j)
        in[c * size + i] += matrix[i * size + j] * wanted[c * size + j];
  factor.apply(in.data(), kColumns, out.data());
  for (std::size_t j = 0; j < out.size(); ++j) EXPECT_NEAR(out[j], wanted[j], 1e-4);
}

INSTANTIATE_TEST_SUITE_P(Sizes, InverseFactorOf, testing::Values(1, 2, 63, 64, 65, 200, 400));

TEST(InverseFactor, RaisesTheDiagonalOfAMatrixWithoutAFactor) {
  const std::size_t size = 70;
  std::vector<float> matrix(size * size, 1.0F);  // of rank one
  matrix[size * size - 1] = 0.5F;                // and not even positive
  const InverseFactor factor(matrix, size, best_instruction_set());
  const std::vector<double> in(size, 1.0);
  std::vector<double> out(size);
  factor.apply(in.data(), 1, out.data());
  double product = 0;
  for (const double value : out) {
    EXPECT_TRUE(std::isfinite(value));
    product += value;
  }
  EXPECT_GT(product, 0);  // positive definite all the same
}

TEST(InverseFactor, RefusesAMatrixThatIsNotFinite) {
  std::vector<float> matrix = gram(5, 1);
  matrix[0] = std::numeric_limits<float>::quiet_NaN();
  try {
    const InverseFactor factor(matrix, 5, best_instruction_set());
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::bad_input);
    EXPECT_STREQ(error.what(),
                 "the features of a logistic regression are too large (sums of their squares "
                 "overflow float32). scale them, for example with \"standardize\": \"train\"");
  }
}

}  // namespace
}  // namespace crossfold::solve
