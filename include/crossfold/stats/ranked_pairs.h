#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace crossfold::stats {

/// The pairs of a positive and a negative sample of one stratum (domain, class), ranked once and
/// counted with many weights. With strata it is the covariate-adjusted AUC: what scores tell beyond
/// what the stratum tells (Janes and Pepe 2009, Biometrika 96, for a discrete covariate, each pair
/// of the sample counted alike).
class RankedPairs {
 public:
  /// [n] each; strata in 0..n_strata-1. O(n log n). Error{bad_input} when a score is NaN.
  RankedPairs(std::span<const double> scores, std::span<const std::uint8_t> positive,
              std::span<const std::uint32_t> strata, std::size_t n_strata);

  /// Weight of the pairs whose positive ranks above, ties one half, over that of all pairs; a pair
  /// weighs the product of its two samples' weights [n], >= 0. Empty where no pair has weight.
  /// O(n).
  [[nodiscard]] std::optional<double> auc(std::span<const double> weights) const;

 private:
  struct Ranked {
    std::uint32_t sample;
    std::uint32_t stratum;
    std::uint8_t positive;
    std::uint8_t ends_tie;  ///< the last of those with its score
  };
  std::vector<Ranked> order_;  ///< scores ascending
  std::size_t n_strata_;
};

/// Standard deviation of the AUC of `positives` and `negatives` independent samples whose scores
/// say nothing: sqrt((p + n + 1) / (12 p n)) (Mann and Whitney 1947). Both at least 1.
[[nodiscard]] double null_auc_error(std::size_t positives, std::size_t negatives);

/// Standard error of an AUC in [0, 1] from so many independent samples (Hanley and McNeil 1982,
/// Radiology 143, equation 1 with their exponential Q1 and Q2). Both at least 1.
[[nodiscard]] double auc_error(double auc, std::size_t positives, std::size_t negatives);

}  // namespace crossfold::stats
