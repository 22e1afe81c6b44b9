#include "softmax.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "twin_views.h"

namespace crossfold::train::cuda::twin {
namespace {

/// What passes read of one fit.
struct FitData {
  FitData(const SoftmaxData& data, const SoftmaxFit& fit)
      : features(data.features + fit.features, fit.samples * kFeatures),
        labels(data.labels + fit.labels, fit.samples),
        probabilities(data.probabilities + fit.probabilities,
                      std::size_t{fit.samples} * fit.levels),
        levels(fit.levels) {}

  [[nodiscard]] std::span<const float> x(std::size_t i) const {
    return features.subspan(i * kFeatures, kFeatures);
  }
  [[nodiscard]] std::span<double> p(std::size_t i) const {
    return probabilities.subspan(i * levels, levels);
  }

  std::span<const float> features;       ///< [samples, 64]
  std::span<const std::int32_t> labels;  ///< [samples]
  std::span<double> probabilities;       ///< [samples, levels]
  std::size_t levels;
};

/// Level k's [65] on (x, 1).
double affine(std::span<const double> levels, std::size_t k, std::span<const float> x) {
  const std::span parameters = levels.subspan(k * kLevelParameters, kLevelParameters);
  double sum = parameters[kFeatures];
  for (std::size_t u = 0; u < kFeatures; ++u) sum += parameters[u] * x[u];
  return sum;
}

/// Element u of (x, 1).
double extended(std::span<const float> x, std::size_t u) { return u == kFeatures ? 1.0 : x[u]; }

void pass_of(const SoftmaxPass& of, const SoftmaxFit& fit) {
  const std::size_t levels = fit.levels;
  const FitData data(of.data, fit);
  const std::span theta = entry_of(of.theta, fit.place, of.data.stride);
  const std::span step = entry_of(of.step, fit.place, of.data.stride);
  const std::span gradient =
      entry_of(of.gradient, fit.place, of.data.stride).first(levels * kLevelParameters);
  std::fill(gradient.begin(), gradient.end(), 0.0);
  double losses = 0, move = 0;
  for (std::size_t i = 0; i < fit.samples; ++i) {
    const std::span x = data.x(i);
    const std::span p = data.p(i);
    const auto label = static_cast<std::size_t>(data.labels[i]);
    double largest = -HUGE_VAL, sum = 0;
    for (std::size_t k = 0; k < levels; ++k) {
      p[k] = affine(theta, k, x);
      largest = std::max(largest, p[k]);
      move = std::max(move, std::abs(affine(step, k, x)));
    }
    const double of_label = p[label];
    for (std::size_t k = 0; k < levels; ++k) {
      p[k] = std::exp(p[k] - largest);
      sum += p[k];
    }
    losses += largest + std::log(sum) - of_label;
    for (std::size_t k = 0; k < levels; ++k) {
      p[k] /= sum;
      const double residual = p[k] - (k == label ? 1.0 : 0.0);
      for (std::size_t u = 0; u < kLevelParameters; ++u)
        gradient[k * kLevelParameters + u] += residual * extended(x, u);
    }
  }
  const auto n = static_cast<double>(fit.samples);
  double squares = 0;
  for (std::size_t k = 0; k < levels; ++k) {
    for (std::size_t u = 0; u < kLevelParameters; ++u) {
      const std::size_t j = k * kLevelParameters + u;
      gradient[j] /= n;
      if (u == kFeatures) continue;
      gradient[j] += fit.penalty * theta[j];
      squares += theta[j] * theta[j];
    }
  }
  of.value[fit.place] = losses / n + fit.penalty * squares / 2;
  of.largest_move[fit.place] = move;
}

/// The lower triangle of the Hessian, rows of `stride` numbers.
void hessian_of(const SoftmaxData& all, const SoftmaxFit& fit, std::span<double> out) {
  const FitData data(all, fit);
  const std::size_t size = fit.levels * kLevelParameters;
  for (std::size_t j = 0; j < size; ++j) {
    const std::span row = out.subspan(j * all.stride, size);
    std::fill(row.begin(), row.end(), 0.0);
  }
  for (std::size_t i = 0; i < fit.samples; ++i) {
    const std::span x = data.x(i);
    const std::span p = data.p(i);
    for (std::size_t a = 0; a < fit.levels; ++a) {
      for (std::size_t b = 0; b <= a; ++b) {
        const double curvature = p[a] * ((a == b ? 1.0 : 0.0) - p[b]);
        for (std::size_t u = 0; u < kLevelParameters; ++u)
          for (std::size_t v = 0; v < kLevelParameters; ++v)
            out[(a * kLevelParameters + u) * all.stride + b * kLevelParameters + v] +=
                curvature * extended(x, u) * extended(x, v);
      }
    }
  }
  const auto n = static_cast<double>(fit.samples);
  for (std::size_t j = 0; j < size; ++j) {
    for (std::size_t l = 0; l <= j; ++l) {
      double& value = out[j * all.stride + l];
      value /= n;
      const bool intercepts =
          j % kLevelParameters == kFeatures && l % kLevelParameters == kFeatures;
      if (intercepts) value += 1;
      if (j == l && !intercepts) value += fit.penalty;
    }
  }
}

/// Cholesky's factor, in place of the lower triangle. Where rounding leaves a pivot that is not
/// positive, its direction is given up: a large pivot lets nothing move along it.
void factor_in_place(std::span<double> matrix, std::size_t size, std::size_t stride) {
  for (std::size_t j = 0; j < size; ++j) {
    const std::span row = matrix.subspan(j * stride, size);
    double pivot = row[j];
    for (std::size_t l = 0; l < j; ++l) pivot -= row[l] * row[l];
    row[j] = pivot > 0 ? std::sqrt(pivot) : kGivenUp;
    for (std::size_t below = j + 1; below < size; ++below) {
      const std::span other = matrix.subspan(below * stride, size);
      double sum = other[j];
      for (std::size_t l = 0; l < j; ++l) sum -= other[l] * row[l];
      other[j] = sum / row[j];
    }
  }
}

}  // namespace

void softmax_pass(const SoftmaxPass& of) {
  for (std::size_t i = 0; i < of.data.count; ++i) pass_of(of, of.data.fits[i]);
}

void newton_factor(const NewtonFactor& of) {
  for (std::size_t i = 0; i < of.data.count; ++i) {
    const SoftmaxFit& fit = of.data.fits[i];
    const std::span factor = entry_of(of.factors, fit.place, of.data.stride * of.data.stride);
    hessian_of(of.data, fit, factor);
    factor_in_place(factor, fit.levels * kLevelParameters, of.data.stride);
  }
}

void newton_step(const NewtonStep& of) {
  for (std::size_t i = 0; i < of.data.count; ++i) {
    const SoftmaxFit& fit = of.data.fits[i];
    const std::size_t stride = of.data.stride, size = fit.levels * kLevelParameters;
    const std::span factor = entry_of(of.factors, fit.place, stride * stride);
    const std::span gradient = entry_of(of.gradient, fit.place, stride);
    const std::span x = entry_of(of.direction, fit.place, stride);
    for (std::size_t j = 0; j < size; ++j) {
      double sum = -gradient[j];
      for (std::size_t l = 0; l < j; ++l) sum -= factor[j * stride + l] * x[l];
      x[j] = sum / factor[j * stride + j];
    }
    for (std::size_t j = size; j-- > 0;) {
      double sum = x[j];
      for (std::size_t below = j + 1; below < size; ++below)
        sum -= factor[below * stride + j] * x[below];
      x[j] = sum / factor[j * stride + j];
    }
  }
}

}  // namespace crossfold::train::cuda::twin
