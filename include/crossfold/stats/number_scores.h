#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace crossfold::stats {

/// Share of the variance of `actual` that `predicted` explains: 1 - sum (a - p)^2 / sum (a - mean
/// a)^2. Below 0 where the mean itself predicts better. Undefined where `actual` does not vary.
/// Both spans have n finite entries.
[[nodiscard]] std::optional<double> r_squared(std::span<const double> predicted,
                                              std::span<const double> actual);

/// Where a sample's thirds end: the quantiles 1/3 and 2/3, interpolated linearly between the values
/// beside them (Hyndman and Fan 1996, type 7).
struct Terciles {
  double low = 0;
  double high = 0;

  /// 0, 1 or 2; a value at an end belongs to the third below it.
  [[nodiscard]] std::int32_t third_of(double value) const {
    return static_cast<std::int32_t>(value > low) + static_cast<std::int32_t>(value > high);
  }
};

/// Of at least one value, none NaN.
[[nodiscard]] Terciles terciles(std::span<const double> values);

}  // namespace crossfold::stats
