#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace crossfold {

/// An affine map of every column: x becomes (x - mean) * inverse_sd.
struct ColumnScaling {
  std::vector<double> mean;        ///< [dim]
  std::vector<double> inverse_sd;  ///< [dim]; 1 for a column that does not vary
};

/// Some rows of a feature matrix, seen and not copied. The caller keeps what it points to alive.
struct FeatureRows {
  std::span<const float> values;  ///< [N, dim], row-major
  std::size_t dim = 0;
  std::optional<std::span<const std::uint32_t>> rows;  ///< which, in this order; all when absent
  const ColumnScaling* scaling = nullptr;              ///< nullptr: as stored

  [[nodiscard]] std::size_t count() const { return rows ? rows->size() : values.size() / dim; }
  /// The stored values, before `scaling`.
  [[nodiscard]] const float* row(std::size_t i) const {
    return values.data() + (rows ? (*rows)[i] : i) * dim;
  }
};

/// Mean and standard deviation (ddof 0) of each column as stored, in float64.
[[nodiscard]] ColumnScaling column_scaling(const FeatureRows& features);

}  // namespace crossfold
