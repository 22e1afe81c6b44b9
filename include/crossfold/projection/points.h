#pragma once

#include <cstddef>
#include <span>

namespace crossfold::projection {

/// Points to be mapped, seen and not copied: the caller keeps the numbers alive. All finite.
struct Points {
  std::span<const float> values;  ///< [count, dim], row-major
  std::size_t dim = 0;

  [[nodiscard]] std::size_t count() const { return dim == 0 ? 0 : values.size() / dim; }
  [[nodiscard]] std::span<const float> row(std::size_t i) const {
    return values.subspan(i * dim, dim);
  }
};

}  // namespace crossfold::projection
