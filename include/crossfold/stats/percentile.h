#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "crossfold/stats/summary.h"

namespace crossfold::stats {

/// Of sorted values, at least one: between the two neighbours of position share x (n - 1) (Hyndman
/// and Fan 1996, type 7, as numpy has it).
[[nodiscard]] double percentile(std::span<const double> sorted, double share);

/// The middle `confidence`, inside (0, 1), of bootstrapped scores: the percentile interval (Efron
/// and Tibshirani 1993, section 13.3).
struct BagInterval {
  Interval interval;
  std::size_t bags = 0;       ///< with a defined score
  std::size_t undefined = 0;  ///< the other ones, left out
};
/// Empty when no bag has a score.
[[nodiscard]] std::optional<BagInterval> percentile_interval(
    std::span<const std::optional<double>> scores, double confidence = 0.95);

}  // namespace crossfold::stats
