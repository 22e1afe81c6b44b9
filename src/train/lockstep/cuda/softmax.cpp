#include "softmax.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace crossfold::train::cuda::twin {
namespace {

/// parameters [65] on (x, 1).
double affine(const double* parameters, const float* x) {
  double sum = parameters[kFeatures];
  for (std::size_t u = 0; u < kFeatures; ++u) sum += parameters[u] * x[u];
  return sum;
}

/// Element u of (x, 1).
double extended(const float* x, std::size_t u) { return u == kFeatures ? 1.0 : x[u]; }

void pass_of(const SoftmaxPass& of, const SoftmaxFit& fit) {
  const std::size_t levels = fit.levels, first = fit.place * of.data.stride;
  const double* const theta = of.theta + first;
  double* const gradient = of.gradient + first;
  std::fill_n(gradient, levels * kLevelParameters, 0.0);
  double losses = 0, move = 0;
  for (std::size_t i = 0; i < fit.samples; ++i) {
    const float* const x = of.data.features + fit.features + i * kFeatures;
    double* const p = of.data.probabilities + fit.probabilities + i * levels;
    const auto label = static_cast<std::size_t>(of.data.labels[fit.labels + i]);
    double largest = -HUGE_VAL, sum = 0;
    for (std::size_t k = 0; k < levels; ++k) {
      p[k] = affine(theta + k * kLevelParameters, x);
      largest = std::max(largest, p[k]);
      move = std::max(move, std::abs(affine(of.step + first + k * kLevelParameters, x)));
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

/// The lower triangle of the Hessian.
void hessian_of(const SoftmaxData& data, const SoftmaxFit& fit, double* out) {
  const std::size_t size = fit.levels * kLevelParameters;
  for (std::size_t j = 0; j < size; ++j) std::fill_n(out + j * data.stride, size, 0.0);
  for (std::size_t i = 0; i < fit.samples; ++i) {
    const float* const x = data.features + fit.features + i * kFeatures;
    const double* const p = data.probabilities + fit.probabilities + i * fit.levels;
    for (std::size_t a = 0; a < fit.levels; ++a) {
      for (std::size_t b = 0; b <= a; ++b) {
        const double curvature = p[a] * ((a == b ? 1.0 : 0.0) - p[b]);
        for (std::size_t u = 0; u < kLevelParameters; ++u)
          for (std::size_t v = 0; v < kLevelParameters; ++v)
            out[(a * kLevelParameters + u) * data.stride + b * kLevelParameters + v] +=
                curvature * extended(x, u) * extended(x, v);
      }
    }
  }
  const auto n = static_cast<double>(fit.samples);
  for (std::size_t j = 0; j < size; ++j) {
    for (std::size_t l = 0; l <= j; ++l) {
      double& value = out[j * data.stride + l];
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
void factor_in_place(double* matrix, std::size_t size, std::size_t stride) {
  for (std::size_t j = 0; j < size; ++j) {
    double* const row = matrix + j * stride;
    double pivot = row[j];
    for (std::size_t l = 0; l < j; ++l) pivot -= row[l] * row[l];
    row[j] = pivot > 0 ? std::sqrt(pivot) : kGivenUp;
    for (std::size_t below = j + 1; below < size; ++below) {
      double* const other = matrix + below * stride;
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
    double* const factor = of.factors + fit.place * of.data.stride * of.data.stride;
    hessian_of(of.data, fit, factor);
    factor_in_place(factor, fit.levels * kLevelParameters, of.data.stride);
  }
}

void newton_step(const NewtonStep& of) {
  for (std::size_t i = 0; i < of.data.count; ++i) {
    const SoftmaxFit& fit = of.data.fits[i];
    const std::size_t stride = of.data.stride, size = fit.levels * kLevelParameters;
    const double* const factor = of.factors + fit.place * stride * stride;
    const double* const gradient = of.gradient + fit.place * stride;
    double* const x = of.direction + fit.place * stride;
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
