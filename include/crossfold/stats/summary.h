#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace crossfold::stats {

/// What is left of one score over many fits. Undefined values are counted and left out.
struct Summary {
  std::size_t n = 0;             ///< defined values
  std::size_t undefined = 0;     ///< undefined values
  std::optional<double> mean;    ///< n >= 1
  std::optional<double> sd;      ///< standard deviation, ddof = 1; n >= 2
  std::optional<double> median;  ///< n >= 1; the mean of the two middle values when n is even
};

[[nodiscard]] Summary summarize(std::span<const std::optional<double>> values);

/// Standard error of the mean of scores of repeated cross-validation:
/// sqrt((1/n + n_test/n_train) sd^2) (Nadeau and Bengio 2003). `test_share` is n_test / n_train,
/// where n_train counts all samples outside the held-out fold, validation included. Needs n >= 2.
[[nodiscard]] std::optional<double> corrected_standard_error(const Summary& summary,
                                                             double test_share);

struct Interval {
  double low = 0;
  double high = 0;
};

/// mean +- t(n - 1) times the corrected standard error.
[[nodiscard]] std::optional<Interval> corrected_interval(const Summary& summary, double test_share,
                                                         double confidence = 0.95);

struct PairedTest {
  std::size_t n = 0;  ///< pairs with both values defined
  double mean_difference = 0;
  double t = 0;  ///< 0 when every difference is 0
  double p = 1;  ///< two-sided, n - 1 degrees of freedom
};

/// Corrected resampled paired t-test (Nadeau and Bengio 2003) of a - b over the same splits, in
/// the same order. Empty when fewer than two pairs are defined.
[[nodiscard]] std::optional<PairedTest> corrected_paired_test(
    std::span<const std::optional<double>> a, std::span<const std::optional<double>> b,
    double test_share);

/// Holm's step-down adjustment; the result stands in the order of the input, each at most 1.
[[nodiscard]] std::vector<double> holm_adjust(std::span<const double> p_values);

}  // namespace crossfold::stats
