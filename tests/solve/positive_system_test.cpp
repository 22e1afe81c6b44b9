#include "crossfold/solve/positive_system.h"

#include <gtest/gtest.h>

#include "core/expect_error.h"

namespace crossfold {
namespace {

using solve::solve_positive_definite;

TEST(PositiveSystem, HasTheSolutionOfAHandMadeCase) {
  // (1, 2, -1) times the matrix; what stands above the diagonal is not read.
  const std::vector<double> x =
      solve_positive_definite({4, 99, 99, 2, 5, 99, -2, 3, 9}, std::vector<double>{10, 9, -5});
  ASSERT_EQ(x.size(), 3u);
  EXPECT_NEAR(x[0], 1, 1e-14);
  EXPECT_NEAR(x[1], 2, 1e-14);
  EXPECT_NEAR(x[2], -1, 1e-14);
}

TEST(PositiveSystem, LeavesLittleOfALargeOne) {
  // 1 / (1 + |i - j|) is positive definite (Toeplitz with a convex decreasing sequence).
  constexpr std::size_t kSize = 200;
  std::vector<double> matrix(kSize * kSize), right(kSize);
  for (std::size_t i = 0; i < kSize; ++i) {
    right[i] = static_cast<double>(i % 7) - 3;
    for (std::size_t j = 0; j < kSize; ++j)
      matrix[i * kSize + j] = 1.0 / (1.0 + static_cast<double>(i > j ? i - j : j - i));
  }
  const std::vector<double> x = solve_positive_definite(matrix, right);
  for (std::size_t i = 0; i < kSize; ++i) {
    double sum = 0;
    for (std::size_t j = 0; j < kSize; ++j) sum += matrix[i * kSize + j] * x[j];
    EXPECT_NEAR(sum, right[i], 1e-12);
  }
}

TEST(PositiveSystem, RefusesWhatIsNotPositiveDefinite) {
  EXPECT_THROW((void)solve_positive_definite({1, 0, 2, 1}, std::vector<double>{1, 1}), Error);
}

}  // namespace
}  // namespace crossfold
