#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace crossfold::stats {

/// Predictions with a probability in one bin of [0, 1]; bins are of equal width, open below (the
/// first one holds 0 as well).
struct CalibrationBin {
  std::size_t n = 0;
  double mean_probability = 0;
  double share_positive = 0;
};

struct Calibration {
  std::vector<CalibrationBin> bins;
  std::size_t n = 0;
  /// Expected calibration error: the mean over predictions of |share - mean probability| of their
  /// bin (Naeini, Cooper and Hauskrecht 2015; Guo et al. 2017, equation 3). Empty without any.
  std::optional<double> error;
};

/// Of probabilities [n] in 0..1 for what came true where `positive` != 0. `bins` >= 1.
[[nodiscard]] Calibration calibrate(std::span<const double> probabilities,
                                    std::span<const std::uint8_t> positive, std::size_t bins);

}  // namespace crossfold::stats
