#pragma once

#include <cstddef>
#include <optional>
#include <span>

namespace crossfold::stats {

/// The upper tail of many values: beyond `start`, about count exp(-rate (y - start)) of them lie
/// above y.
struct ExponentialTail {
  double start = 0;
  double rate = 0;
  double count = 0;  ///< values above `start`

  [[nodiscard]] double expected_above(double y) const;
};

/// Fitted to the largest values [k], descending, the first `skipped` of which may be of another
/// kind (contaminated) and only count as ranks. For exponential spacings, i (y_(i) - y_(i+1)) are
/// independent and exponential with the same rate (Renyi 1953), so their mean over the ranks
/// skipped + 1 .. k - 1 is 1 / rate; with skipped = 0 and logarithms it is Hill's estimator (Hill
/// 1975). Empty with fewer than 30 spacings or where the values do not fall.
[[nodiscard]] std::optional<ExponentialTail> fit_exponential_tail(std::span<const double> largest,
                                                                  std::size_t skipped);

}  // namespace crossfold::stats
