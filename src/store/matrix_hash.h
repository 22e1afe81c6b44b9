#pragma once

#include <cstddef>
#include <span>

#include "crossfold/core/hash.h"

namespace crossfold {

/// embedding_hash of a matrix that comes in blocks of rows.
class MatrixHasher {
 public:
  MatrixHasher(std::size_t rows, std::size_t dim) { hasher_.number(rows).number(dim); }
  void add(std::span<const float> values) { hasher_.bytes(std::as_bytes(values)); }
  [[nodiscard]] Digest finish() { return hasher_.finish(); }

 private:
  Hasher hasher_;
};

}  // namespace crossfold
