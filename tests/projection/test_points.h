#pragma once

#include <cstdint>
#include <vector>

#include "crossfold/projection/points.h"

#include "solve/lcg.h"

namespace crossfold::projection {

inline constexpr std::size_t kTestPoints = 400;
inline constexpr std::size_t kTestDim = 12;

/// The numbers of record_projection.py: curved sheets close to each other; each 50th row repeats
/// the one before it.
inline std::vector<float> test_values() {
  test::Lcg lcg(7);
  std::vector<float> values(kTestPoints * kTestDim);
  for (std::size_t i = 0; i < kTestPoints; ++i) {
    const double u = lcg.uniform();
    const double v = lcg.uniform();
    for (std::size_t d = 0; d < kTestDim; ++d) {
      const double corner = i % 5 == d % 5 ? 0.5 : 0.0;
      const double sheet = d % 3 == 0 ? 2 * u : d % 3 == 1 ? 2 * v : 4 * u * (1 - v);
      values[i * kTestDim + d] = static_cast<float>(corner + sheet + lcg.uniform() * 0.75);
      if (i % 50 == 49) values[i * kTestDim + d] = values[(i - 1) * kTestDim + d];
    }
  }
  return values;
}

/// Points that own their numbers.
struct OwnedPoints {
  std::vector<float> values = test_values();
  std::size_t dim = kTestDim;
  [[nodiscard]] Points points() const { return {.values = values, .dim = dim}; }
  /// The first of them.
  [[nodiscard]] Points first(std::size_t count) const {
    return {.values = std::span(values).first(count * dim), .dim = dim};
  }
};

}  // namespace crossfold::projection
