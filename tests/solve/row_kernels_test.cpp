#include "row_kernels.h"

#include <ostream>
#include <vector>

#include <gtest/gtest.h>

#include "solve/lcg.h"

namespace crossfold::solve {
namespace {

using test::Lcg;

struct Shape {
  std::size_t count, dim, columns;
};

void PrintTo(const Shape& shape, std::ostream* out) {  // NOLINT: GoogleTest's name
  *out << shape.count << " x " << shape.dim << ", " << shape.columns << " columns";
}

/// Shapes around the widths of registers and tiles.
class RowKernelsOf : public testing::TestWithParam<Shape> {};

template <class T>
void expect_products(const RowKernels<T>& kernels, const Shape& shape, double tolerance) {
  const auto [count, dim, columns] = shape;
  Lcg lcg(count * 1000 + dim * 10 + columns);
  std::vector<float> x(count * dim);
  std::vector<T> weights(columns * dim), factors(columns * (count + 3));
  for (float& value : x) value = static_cast<float>(lcg.uniform() - 0.5);
  for (T& value : weights) value = static_cast<T>(lcg.uniform() - 0.5);
  for (T& value : factors) value = static_cast<T>(lcg.uniform() - 0.5);
  std::vector<const float*> rows;  // backwards, as gathered rows may be
  for (std::size_t i = 0; i < count; ++i) rows.push_back(x.data() + (count - 1 - i) * dim);

  const std::size_t stride = count + 3;
  std::vector<T> out(columns * stride, T{-7});
  kernels.products(rows.data(), count, dim, weights.data(), columns, out.data(), stride);
  std::vector<T> sums(columns * dim, T{1});
  kernels.add_transposed(rows.data(), count, dim, factors.data(), stride, columns, sums.data());
  for (std::size_t c = 0; c < columns; ++c) {
    for (std::size_t i = 0; i < count; ++i) {
      double expected = 0;
      for (std::size_t d = 0; d < dim; ++d) {
        expected += static_cast<double>(rows[i][d]) * static_cast<double>(weights[c * dim + d]);
      }
      ASSERT_NEAR(out[c * stride + i], expected, tolerance);
    }
    for (std::size_t i = count; i < stride; ++i) ASSERT_EQ(out[c * stride + i], T{-7});
    for (std::size_t d = 0; d < dim; ++d) {
      double expected = 1;
      for (std::size_t i = 0; i < count; ++i) {
        expected += static_cast<double>(rows[i][d]) * static_cast<double>(factors[c * stride + i]);
      }
      ASSERT_NEAR(sums[c * dim + d], expected, tolerance);
    }
  }
}

TEST_P(RowKernelsOf, EveryInstructionSetSumsInTheTypeAskedFor) {
  for (const InstructionSet set : instruction_sets()) {
    SCOPED_TRACE(name_of(set));
    expect_products(row_kernels<double>(set), GetParam(), 1e-13);
    expect_products(row_kernels<float>(set), GetParam(), 3e-5);
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, RowKernelsOf,
                         testing::Values(Shape{1, 1, 1}, Shape{3, 5, 2}, Shape{4, 16, 4},
                                         Shape{17, 64, 3}, Shape{64, 65, 4}, Shape{65, 31, 5},
                                         Shape{33, 130, 7}, Shape{9, 7, 13}, Shape{100, 1024, 4}));

TEST(RowKernels, ResultsOfARowDoNotDependOnItsNeighbours) {
  Lcg lcg(5);
  std::vector<float> x(40 * 100);
  std::vector<double> weights(4 * 100);
  for (float& value : x) value = static_cast<float>(lcg.uniform() - 0.5);
  for (double& value : weights) value = lcg.uniform() - 0.5;
  std::vector<const float*> rows;
  for (std::size_t i = 0; i < 40; ++i) rows.push_back(x.data() + i * 100);
  std::vector<double> all(4 * 40), few(4 * 3);
  row_kernels<double>(best_instruction_set())
      .products(rows.data(), 40, 100, weights.data(), 4, all.data(), 40);
  row_kernels<double>(best_instruction_set())
      .products(rows.data() + 6, 3, 100, weights.data(), 4, few.data(), 3);
  for (std::size_t c = 0; c < 4; ++c) {
    for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(few[c * 3 + i], all[c * 40 + 6 + i]);
  }
}

}  // namespace
}  // namespace crossfold::solve
