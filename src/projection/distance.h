#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <tuple>

#include "crossfold/projection/points.h"

namespace crossfold::projection {

/// Squared Euclidean distance in float64, in one order of summing. `a` and `b` [dim].
[[nodiscard]] inline double squared_distance(std::span<const float> a, std::span<const float> b) {
  constexpr std::size_t kSums = 4;
  std::array<double, kSums> sums{};
  const std::size_t whole = a.size() / kSums * kSums;
  for (std::size_t d = 0; d < whole; d += kSums)
    for (std::size_t s = 0; s < kSums; ++s) {
      const double off = static_cast<double>(a[d + s]) - static_cast<double>(b[d + s]);
      sums[s] += off * off;
    }
  for (std::size_t d = whole; d < a.size(); ++d) {
    const double off = static_cast<double>(a[d]) - static_cast<double>(b[d]);
    sums[0] += off * off;
  }
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

/// One point seen from another.
struct Seen {
  double squared = 0;
  std::uint32_t index = 0;
  friend bool operator<(const Seen& a, const Seen& b) {
    return std::tie(a.squared, a.index) < std::tie(b.squared, b.index);
  }
};

}  // namespace crossfold::projection
