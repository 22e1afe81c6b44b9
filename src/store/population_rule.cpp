#include "population_rule.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "crossfold/core/error.h"
#include "crossfold/solve/positive_system.h"

namespace crossfold {
namespace {

/// Shorter weights are rounding: the rule has no direction.
constexpr double kNoDirection = 1e-9;

double normal_below(double x) { return std::erfc(-x / std::numbers::sqrt2) / 2; }

double length(std::span<const double> v) {
  return std::sqrt(std::inner_product(v.begin(), v.end(), v.begin(), 0.0));
}

double predictor(const LinearRule& rule, const MixturePart& part) {
  return std::inner_product(part.mean.begin(), part.mean.end(), rule.weights.begin(),
                            rule.intercept);
}

/// Expectations of p = 1 / (1 + exp(-s)) over s ~ N(mean, sd^2), and of its derivatives by s.
struct SigmoidMoments {
  double value = 0, first = 0, second = 0, third = 0;
};

SigmoidMoments sigmoid_moments(double mean, double sd) {
  constexpr double kReach = 9;  // sd
  constexpr int kSteps = 288;
  constexpr double kStep = 2 * kReach / kSteps;
  SigmoidMoments moments;
  for (int i = 0; i <= kSteps; ++i) {
    const double u = -kReach + i * kStep;
    const double density =
        kStep * std::exp(-u * u / 2) * std::numbers::inv_sqrtpi / std::numbers::sqrt2;
    const double p = 1 / (1 + std::exp(-(mean + sd * u)));
    const double slope = p * (1 - p);
    moments.value += density * p;
    moments.first += density * slope;
    moments.second += density * slope * (1 - 2 * p);
    moments.third += density * slope * (1 - 6 * slope);
  }
  return moments;
}

/// Gradient and Hessian of the expected cross-entropy in (weights, intercept).
struct Quadratic {
  std::vector<double> gradient;
  std::vector<double> hessian;
};

void add_part(const LinearRule& rule, const MixturePart& part, Quadratic& sum) {
  const std::size_t dim = rule.weights.size();
  const std::size_t size = dim + 1;
  const SigmoidMoments moments = sigmoid_moments(predictor(rule, part), length(rule.weights));
  const double residual = moments.value - (part.positive ? 1 : 0);
  const auto entry = [&](std::size_t i, std::size_t j) -> double& {
    return sum.hessian[i * size + j];
  };
  for (std::size_t i = 0; i < dim; ++i) {
    const double mean = part.mean[i], w = rule.weights[i];
    sum.gradient[i] += part.weight * (mean * residual + w * moments.first);
    for (std::size_t j = 0; j <= i; ++j)
      entry(i, j) += part.weight * (moments.first * (mean * part.mean[j] + (i == j ? 1 : 0)) +
                                    moments.second * (mean * rule.weights[j] + w * part.mean[j]) +
                                    moments.third * w * rule.weights[j]);
    entry(dim, i) += part.weight * (moments.first * mean + moments.second * w);
  }
  sum.gradient[dim] += part.weight * residual;
  entry(dim, dim) += part.weight * moments.first;
}

double total_weight(std::span<const MixturePart> parts) {
  return std::accumulate(parts.begin(), parts.end(), 0.0,
                         [](double sum, const MixturePart& part) { return sum + part.weight; });
}

}  // namespace

LinearRule population_logistic(std::span<const MixturePart> parts) {
  CF_EXPECT(!parts.empty());
  constexpr int kMostSteps = 100;
  constexpr double kLongestStep = 1;  // Newton from 0 overshoots beyond it
  const std::size_t dim = parts.front().mean.size();
  const std::size_t size = dim + 1;
  const double total = total_weight(parts);
  LinearRule rule{.weights = std::vector<double>(dim), .intercept = 0};
  for (int step = 0; step < kMostSteps; ++step) {
    Quadratic sum{.gradient = std::vector<double>(size),
                  .hessian = std::vector<double>(size * size)};
    for (const MixturePart& part : parts) add_part(rule, part, sum);
    std::vector<double> move = solve::solve_positive_definite(sum.hessian, sum.gradient);
    const double scale = std::min(1.0, kLongestStep / std::max(length(move), kLongestStep));
    for (std::size_t i = 0; i < dim; ++i) rule.weights[i] -= scale * move[i];
    rule.intercept -= scale * move[dim];
    if (length(sum.gradient) < 1e-12 * total) return rule;
  }
  throw_contract_error("Newton's method ends on a convex objective", __FILE__, __LINE__);
}

double population_auc(const LinearRule& rule, std::span<const MixturePart> parts) {
  const double spread = std::numbers::sqrt2 * length(rule.weights);
  if (spread < kNoDirection) return 0.5;
  double area = 0, pairs = 0;
  for (const MixturePart& above : parts) {
    if (!above.positive) continue;
    for (const MixturePart& below : parts) {
      if (below.positive) continue;
      const double weight = above.weight * below.weight;
      pairs += weight;
      area += weight * normal_below((predictor(rule, above) - predictor(rule, below)) / spread);
    }
  }
  CF_EXPECT(pairs > 0);
  return area / pairs;
}

double population_balanced_accuracy(const LinearRule& rule, std::span<const MixturePart> parts) {
  const double sd = length(rule.weights);
  double right[2] = {}, all[2] = {};
  for (const MixturePart& part : parts) {
    const double m = predictor(rule, part);
    const double yes = sd < kNoDirection ? (m > 0 ? 1 : 0) : normal_below(m / sd);
    all[part.positive] += part.weight;
    right[part.positive] += part.weight * (part.positive ? yes : 1 - yes);
  }
  CF_EXPECT(all[0] > 0 && all[1] > 0);
  return (right[0] / all[0] + right[1] / all[1]) / 2;
}

}  // namespace crossfold
