#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "crossfold/hdf5/dataset.h"

#include "narrowing.h"

namespace crossfold {

[[nodiscard]] bool is_float32(const hdf5::ElementType& type);

/// Rows of a dataset of numbers as float32, whatever the type they are stored in: each number is
/// rounded once, so that reading twice gives the same bits.
class FloatRows {
 public:
  /// `matrix` [N, dim] must outlive this object.
  explicit FloatRows(const hdf5::Dataset& matrix);

  /// Fills `out` with the rows from `first` on.
  void read(std::uint64_t first, std::size_t dim, std::span<float> out, Narrowing& narrowing);

 private:
  const hdf5::Dataset& matrix_;
  bool is_float32_;
  std::vector<double> wide_;
};

}  // namespace crossfold
