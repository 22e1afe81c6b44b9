#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "crossfold/train/instruction_set.h"

namespace crossfold::train {

// Dense float32 products through oneDNN, the product library of this engine (LibTorch's own runs at
// half the speed on processors that its BLAS does not know). The bits of a product depend on its
// shape and strides and on the instruction set, and on nothing else as long as one thread is used.

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

/// The right-hand side of many products of one shape: laid out once as the library likes it best,
/// multiplied often.
class PackedOperand {
 public:
  /// For products [m, k] x [k, n]. `b`: how pack() will be given its matrix.
  PackedOperand(std::size_t m, std::size_t n, std::size_t k, Operand b);
  PackedOperand(PackedOperand&&) noexcept;
  PackedOperand& operator=(PackedOperand&&) noexcept;
  ~PackedOperand();

  /// Takes the matrix, [k, n] or, when transposed, [n, k]; dense, row-major.
  void pack(const float* b);
  /// c [m, n] = a [m, k] times the matrix taken; both dense, row-major.
  void left_multiply(const float* a, float* c) const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

/// Makes the library use no more than `set`; false when it has chosen already.
[[nodiscard]] bool hold_product_library(InstructionSet set);
/// Version of the library.
[[nodiscard]] std::string product_library();

}  // namespace crossfold::train
