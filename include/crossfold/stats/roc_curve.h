#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace crossfold::stats {

struct RocPoint {
  double false_positive_rate = 0;
  double true_positive_rate = 0;
};

/// The ROC curve of `scores` for the samples with `positive` != 0 (both [n]): (0, 0), then a point
/// for every distinct score from the largest on, the last one (1, 1); those on a straight line
/// between their neighbours are left out (Fawcett 2006, Pattern Recognition Letters 27, algorithm
/// 1). Empty when one side has no samples. Error{bad_input} when a score is NaN.
[[nodiscard]] std::vector<RocPoint> roc_curve(std::span<const double> scores,
                                              std::span<const std::uint8_t> positive);

/// True positive rates at `rates` (ascending, in 0..1), interpolated linearly; where the curve is
/// vertical, its upper end. Averaged over curves they are the vertical average (Fawcett 2006,
/// algorithm 3). `curve` is not empty.
[[nodiscard]] std::vector<double> true_positive_rates(std::span<const RocPoint> curve,
                                                      std::span<const double> rates);

}  // namespace crossfold::stats
