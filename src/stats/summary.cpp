#include "crossfold/stats/summary.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <boost/math/distributions/students_t.hpp>

#include "crossfold/core/error.h"
#include "crossfold/stats/student_t.h"

namespace crossfold::stats {
namespace {

struct Moments {
  double mean = 0;
  double sum_of_squares = 0;  ///< of the deviations from the mean
};

/// Two passes over finite values, measured from the first one: equal values give exactly their
/// value as mean and 0 as deviation, whatever their number.
Moments moments(std::span<const double> values) {
  const auto n = static_cast<double>(values.size());
  const double origin = values.front();
  double shift = 0;
  for (const double value : values) shift += value - origin;
  shift /= n;
  double squares = 0;
  for (const double value : values) {
    const double deviation = (value - origin) - shift;
    squares += deviation * deviation;
  }
  return {.mean = origin + shift, .sum_of_squares = squares};
}

double sample_sd(const Moments& of, std::size_t n) {
  return std::sqrt(of.sum_of_squares / static_cast<double>(n - 1));
}

double median_of(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  const double lower = *std::max_element(values.begin(), middle);
  return lower == *middle ? lower : 0.5 * (lower + *middle);
}

double corrected_error(double sd, std::size_t n, double test_share) {
  CF_EXPECT(std::isfinite(test_share) && test_share >= 0);
  return std::sqrt(1.0 / static_cast<double>(n) + test_share) * sd;
}

}  // namespace

Summary summarize(std::span<const std::optional<double>> values) {
  Summary summary;
  std::vector<double> defined;
  for (const std::optional<double>& value : values) {
    if (!value) {
      ++summary.undefined;
      continue;
    }
    CF_EXPECT(!std::isnan(*value));
    defined.push_back(*value);
  }
  summary.n = defined.size();
  if (defined.empty()) return summary;

  if (std::all_of(defined.begin(), defined.end(), [](double v) { return std::isfinite(v); })) {
    const Moments of = moments(defined);
    summary.mean = of.mean;
    if (summary.n > 1) summary.sd = sample_sd(of, summary.n);
  } else {
    const double sum = std::accumulate(defined.begin(), defined.end(), 0.0);
    if (!std::isnan(sum)) summary.mean = sum;
  }
  const double median = median_of(defined);
  if (!std::isnan(median)) summary.median = median;
  return summary;
}

std::optional<double> corrected_standard_error(const Summary& summary, double test_share) {
  if (!summary.sd) return std::nullopt;
  return corrected_error(*summary.sd, summary.n, test_share);
}

std::optional<Interval> corrected_interval(const Summary& summary, double test_share,
                                           double confidence) {
  CF_EXPECT(confidence > 0 && confidence < 1);
  const std::optional<double> error = corrected_standard_error(summary, test_share);
  if (!error) return std::nullopt;
  const double reach = *error * student_t_quantile((1 - confidence) / 2, summary.n - 1);
  return Interval{.low = *summary.mean - reach, .high = *summary.mean + reach};
}

std::optional<PairedTest> corrected_paired_test(std::span<const std::optional<double>> a,
                                                std::span<const std::optional<double>> b,
                                                double test_share) {
  CF_EXPECT(a.size() == b.size());
  std::vector<double> differences;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!a[i] || !b[i]) continue;
    CF_EXPECT(!std::isnan(*a[i]) && !std::isnan(*b[i]));
    if (std::isfinite(*a[i]) && std::isfinite(*b[i])) differences.push_back(*a[i] - *b[i]);
  }
  const std::size_t n = differences.size();
  if (n < 2) return std::nullopt;

  const Moments of = moments(differences);
  PairedTest test{.n = n,
                  .mean_difference = of.mean,
                  .standard_error = corrected_error(sample_sd(of, n), n, test_share)};
  if (of.mean == 0) return test;
  if (test.standard_error == 0) {
    test.t = std::copysign(std::numeric_limits<double>::infinity(), of.mean);
    test.p = 0;
    return test;
  }
  test.t = of.mean / test.standard_error;
  const boost::math::students_t distribution(static_cast<double>(n - 1));
  test.p = 2 * boost::math::cdf(boost::math::complement(distribution, std::abs(test.t)));
  return test;
}

std::vector<double> holm_adjust(std::span<const double> p_values) {
  for (const double p : p_values) CF_EXPECT(p >= 0 && p <= 1);
  std::vector<std::size_t> order(p_values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t i, std::size_t j) { return p_values[i] < p_values[j]; });
  std::vector<double> adjusted(p_values.size());
  double largest = 0;  // a later step is never more significant than an earlier one
  for (std::size_t step = 0; step < order.size(); ++step) {
    const auto remaining = static_cast<double>(order.size() - step);
    largest = std::max(largest, std::min(1.0, remaining * p_values[order[step]]));
    adjusted[order[step]] = largest;
  }
  return adjusted;
}

}  // namespace crossfold::stats
