#include "pearson_divergence.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "crossfold/stats/summary.h"

namespace crossfold::sweep {
namespace {

constexpr std::size_t kCells = 512;  // five for the narrowest kernel's standard deviation
constexpr double kSmallestBandwidth = 0.01;

double quantile(std::span<const double> sorted, double share) {
  const double position = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return std::lerp(sorted[below], sorted[above], position - std::floor(position));
}

double scott_bandwidth(std::span<const double> values) {
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  const std::vector<std::optional<double>> scores(sorted.begin(), sorted.end());
  const double sd = *stats::summarize(scores).sd;
  const double spread = (quantile(sorted, 0.75) - quantile(sorted, 0.25)) / 1.349;
  const double scale = 1.059 * (spread > 0 ? std::min(sd, spread) : sd);
  return std::max(scale * std::pow(static_cast<double>(sorted.size()), -0.2), kSmallestBandwidth);
}

double normal_below(double z) { return 0.5 * std::erfc(-z / std::numbers::sqrt2); }

/// Density at the middles of kCells cells of [0, 1].
std::vector<double> density(std::span<const double> values, double bandwidth) {
  std::vector<double> at(kCells, 0.0);
  const double peak = 1 / (std::sqrt(2 * std::numbers::pi) * bandwidth);
  for (const double value : values) {
    const double inside =
        normal_below((1 - value) / bandwidth) - normal_below((0 - value) / bandwidth);
    const double weight = peak / (inside * static_cast<double>(values.size()));
    for (std::size_t cell = 0; cell < kCells; ++cell) {
      const double z = ((static_cast<double>(cell) + 0.5) / kCells - value) / bandwidth;
      at[cell] += weight * std::exp(-0.5 * z * z);
    }
  }
  return at;
}

/// (p' / p - 1)^2 p; where p is 0, so is p'.
double divergence_at(double top, double all) {
  return all > 0 ? (top - all) * (top - all) / all : 0.0;
}

}  // namespace

double divergence_of_densities(std::span<const double> top, std::span<const double> all) {
  const double bandwidth = scott_bandwidth(top);
  const std::vector<double> of_top = density(top, bandwidth);
  const std::vector<double> of_all = density(all, bandwidth);
  double sum = 0;
  for (std::size_t cell = 0; cell < kCells; ++cell)
    sum += divergence_at(of_top[cell], of_all[cell]);
  return sum / kCells;
}

double divergence_of_shares(std::span<const std::size_t> top, std::span<const std::size_t> all) {
  const std::size_t categories = 1 + *std::max_element(all.begin(), all.end());
  const auto shares = [&](std::span<const std::size_t> values) {
    std::vector<double> share(categories, 0.0);
    for (const std::size_t value : values) share[value] += 1.0 / static_cast<double>(values.size());
    return share;
  };
  const std::vector<double> of_top = shares(top);
  const std::vector<double> of_all = shares(all);
  double sum = 0;
  for (std::size_t c = 0; c < categories; ++c) sum += divergence_at(of_top[c], of_all[c]);
  return sum;
}

}  // namespace crossfold::sweep
