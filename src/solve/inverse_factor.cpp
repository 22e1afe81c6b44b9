#include "inverse_factor.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "crossfold/core/error.h"
#include "crossfold/solve/products.h"

#include "row_kernels.h"

namespace crossfold::solve {
namespace {

constexpr std::size_t kColumns = 64;
/// Times the diagonal: above the rounding of a float32 product, so that a factor exists.
constexpr double kRelativeShift = 1e-6;

/// A square matrix [size, size], row-major, and its blocks of kColumns columns.
struct Blocks {
  float* values;
  std::size_t size;

  [[nodiscard]] float* at(std::size_t row, std::size_t column) const {
    return values + row * size + column;
  }
  [[nodiscard]] std::size_t width(std::size_t first) const {
    return std::min(kColumns, size - first);
  }
};

/// The Cholesky factor of a block on the diagonal and its inverse, in float64; both lower.
struct DiagonalBlock {
  double factor[kColumns][kColumns] = {};
  double inverse[kColumns][kColumns] = {};
};

/// Nothing when the block is not positive definite.
std::optional<DiagonalBlock> factor_diagonal(const Blocks& matrix, std::size_t first) {
  const std::size_t width = matrix.width(first);
  DiagonalBlock block;
  for (std::size_t i = 0; i < width; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      double sum = *matrix.at(first + i, first + j);
      for (std::size_t k = 0; k < j; ++k) sum -= block.factor[i][k] * block.factor[j][k];
      if (i > j) {
        block.factor[i][j] = sum / block.factor[j][j];
      } else {
        if (!(sum > 0)) return std::nullopt;
        block.factor[i][i] = std::sqrt(sum);
      }
    }
  }
  for (std::size_t j = 0; j < width; ++j) {
    block.inverse[j][j] = 1 / block.factor[j][j];
    for (std::size_t i = j + 1; i < width; ++i) {
      double sum = 0;
      for (std::size_t k = j; k < i; ++k) sum -= block.factor[i][k] * block.inverse[k][j];
      block.inverse[i][j] = sum / block.factor[i][i];
    }
  }
  return block;
}

/// The matrix becomes its Cholesky factor block by block, right-looking, but for the blocks on the
/// diagonal, whose inverses come to stand there. False when it is not positive definite.
bool factor_in_place(const Blocks& matrix) {
  std::vector<float> column, negative;
  for (std::size_t first = 0; first < matrix.size; first += kColumns) {
    const std::size_t width = matrix.width(first);
    const std::optional<DiagonalBlock> diagonal = factor_diagonal(matrix, first);
    if (!diagonal) return false;
    for (std::size_t i = 0; i < width; ++i)
      for (std::size_t j = 0; j < width; ++j)
        *matrix.at(first + i, first + j) = static_cast<float>(diagonal->inverse[i][j]);
    const std::size_t next = first + width;
    const std::size_t below = matrix.size - next;
    if (below == 0) break;
    // What stands below times the transposed inverse.
    column.resize(below * width);
    for (std::size_t i = 0; i < below; ++i)
      std::copy_n(matrix.at(next + i, first), width, column.data() + i * width);
    multiply({.b = Operand::transposed, .m = below, .n = width, .k = width}, column.data(), width,
             matrix.at(first, first), matrix.size, matrix.at(next, first), matrix.size);
    // Minus its product with itself from the rest, block column by block column.
    negative.resize(below * width);
    for (std::size_t i = 0; i < below; ++i)
      for (std::size_t j = 0; j < width; ++j)
        negative[i * width + j] = -*matrix.at(next + i, first + j);
    for (std::size_t column_first = next; column_first < matrix.size;
         column_first += 4 * kColumns) {
      const std::size_t columns = std::min(4 * kColumns, matrix.size - column_first);
      multiply(
          {.b = Operand::transposed, .m = matrix.size - column_first, .n = columns, .k = width},
          negative.data() + (column_first - next) * width, width, matrix.at(column_first, first),
          matrix.size, matrix.at(column_first, column_first), matrix.size, Into::accumulate);
    }
  }
  return true;
}

/// What factor_in_place() left becomes L^-1, block row by block row: row i is
/// -L_ii^-1 (L_i0 .. L_i,i-1) L^-1(above).
void invert_in_place(const Blocks& factor) {
  std::vector<float> product, diagonal;
  for (std::size_t first = 0; first < factor.size; first += kColumns) {
    const std::size_t width = factor.width(first);
    for (std::size_t i = 0; i < width; ++i)  // nothing above the diagonal
      std::fill(factor.at(first + i, first + i + 1), factor.at(first + i, factor.size), 0.0F);
    if (first == 0) continue;
    product.resize(width * first);
    multiply({.m = width, .n = first, .k = first}, factor.at(first, 0), factor.size, factor.values,
             factor.size, product.data(), first);
    diagonal.resize(width * width);
    for (std::size_t i = 0; i < width; ++i)
      for (std::size_t j = 0; j < width; ++j)
        diagonal[i * width + j] = -*factor.at(first + i, first + j);
    multiply({.m = width, .n = first, .k = width}, diagonal.data(), width, product.data(), first,
             factor.at(first, 0), factor.size);
  }
}

}  // namespace

InverseFactor::InverseFactor(std::vector<float> matrix, std::size_t size, InstructionSet set)
    : size_(size), set_(set) {
  CF_EXPECT(matrix.size() == size * size);
  for (double shift = kRelativeShift;; shift *= 10) {
    inverse_ = matrix;
    for (std::size_t j = 0; j < size; ++j) inverse_[j * size + j] *= static_cast<float>(1 + shift);
    if (factor_in_place({inverse_.data(), size})) break;
    // By then the diagonal dominates every finite matrix.
    CF_VALIDATE(shift < 1e3, ErrorCode::bad_input,
                "the features of a logistic regression are too large (sums of their squares "
                "overflow float32). scale them, for example with \"standardize\": \"train\"");
  }
  invert_in_place({inverse_.data(), size});
}

void InverseFactor::apply(const double* in, std::size_t columns, double* out) const {
  std::vector<const float*> rows(size_);
  for (std::size_t i = 0; i < size_; ++i) rows[i] = inverse_.data() + i * size_;
  std::vector<double> half(size_ * columns);
  const RowKernels<double>& kernels = row_kernels<double>(set_);
  kernels.products(rows.data(), size_, size_, in, columns, half.data(), size_);
  std::fill_n(out, size_ * columns, 0.0);
  kernels.add_transposed(rows.data(), size_, size_, half.data(), size_, columns, out);
}

}  // namespace crossfold::solve
