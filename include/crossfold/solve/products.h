#pragma once

#include <cstddef>
#include <string>

#include "crossfold/solve/instruction_set.h"

namespace crossfold::solve {

// Dense float32 products through oneDNN (LibTorch's BLAS runs at half the speed on processors that
// it does not know). The bits of a product depend on its shape and strides and on the instruction
// set, and on nothing else as long as one thread is used.

enum class Operand { plain, transposed };

/// c [m, n] = op(a) [m, k] op(b) [k, n], or += where `accumulate`; row-major with the given leading
/// dimensions.
struct ProductShape {
  Operand a = Operand::plain;
  Operand b = Operand::plain;
  std::size_t m = 0;
  std::size_t n = 0;
  std::size_t k = 0;
};
enum class Into { replace, accumulate };
void multiply(const ProductShape& shape, const float* a, std::size_t lda, const float* b,
              std::size_t ldb, float* c, std::size_t ldc, Into into = Into::replace);

/// Makes the library use no more than `set`; false when it has chosen already.
[[nodiscard]] bool limit_product_library(InstructionSet set);
/// Version of the library.
[[nodiscard]] std::string product_library();

}  // namespace crossfold::solve
