#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace crossfold::stats {

/// What is left of one score over many fits. Undefined values are counted and left out. A value
/// may be infinite (a diagnostic odds ratio): the mean is then infinite and the sd undefined, the
/// median is what can still be read. No value may be NaN: undefined is an empty optional.
struct Summary {
  std::size_t n = 0;             ///< defined values
  std::size_t undefined = 0;     ///< undefined values
  std::optional<double> mean;    ///< n >= 1; undefined where both infinities meet
  std::optional<double> sd;      ///< standard deviation, ddof = 1; n >= 2, all values finite
  std::optional<double> median;  ///< n >= 1; the mean of the two middle values when n is even
};

[[nodiscard]] Summary summarize(std::span<const std::optional<double>> values);

/// Standard error of the mean of scores of repeated cross-validation:
/// sqrt((1/n + n_test/n_train) sd^2) (Nadeau and Bengio 2003, Machine Learning 52, equation 9).
/// `test_share` is n_test / n_train, finite and >= 0, where n_train counts all samples outside the
/// held-out fold, validation included. Empty without an sd. Not for out-of-sample scores, where
/// every fit is scored on the same set.
[[nodiscard]] std::optional<double> corrected_standard_error(const Summary& summary,
                                                             double test_share);

struct Interval {
  double low = 0;
  double high = 0;
};

/// mean +- Student's t quantile (n - 1 degrees of freedom) times the corrected standard error.
/// `confidence` lies inside (0, 1).
[[nodiscard]] std::optional<Interval> corrected_interval(const Summary& summary, double test_share,
                                                         double confidence = 0.95);

/// Outcome of a corrected resampled paired t-test of a - b.
struct PairedTest {
  std::size_t n = 0;  ///< pairs with both values defined and finite
  double mean_difference = 0;
  double standard_error = 0;  ///< corrected, of the mean difference
  double t = 0;  ///< 0 when every difference is 0; infinite when all are the same other number
  double p = 1;  ///< two-sided, n - 1 degrees of freedom
};

/// Corrected resampled paired t-test (Nadeau and Bengio 2003) of a - b over the same splits, in
/// the same order, so of the same length. Empty when fewer than two pairs are defined.
[[nodiscard]] std::optional<PairedTest> corrected_paired_test(
    std::span<const std::optional<double>> a, std::span<const std::optional<double>> b,
    double test_share);

/// Holm's step-down adjustment (Holm 1979) of p-values in [0, 1]; the result stands in the order
/// of the input, each at most 1. Compare it with the level of the whole family.
[[nodiscard]] std::vector<double> holm_adjust(std::span<const double> p_values);

}  // namespace crossfold::stats
