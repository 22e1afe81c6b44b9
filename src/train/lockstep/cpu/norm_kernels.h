#pragma once

#include <cmath>
#include <cstddef>

#include "batch_kernels.h"
#include "registers.h"

// ReLU and BatchNorm, forth and back (see registers.h).

namespace crossfold::train::kernels {

template <class I>
[[gnu::always_inline]] inline void rectify(typename I::Floats& values) {
  const typename I::Floats zero = {};
  values = values < zero ? zero : values;  // a NaN stays one
}

/// body(first unit, first element) for every register of `units` that lie in panels of `rows` rows.
template <class I, class Body>
[[gnu::always_inline]] inline void each_unit_register(std::size_t units, std::size_t rows,
                                                      const Body& body) {
  for (std::size_t unit = 0; unit < units; unit += I::kLanes) {
    body(unit, unit / kPanel * rows * kPanel + unit % kPanel);
  }
}

/// body(place, chain) for the elements of one register's units, sample by sample.
template <class Body>
[[gnu::always_inline]] inline void each_sample(std::size_t first, std::size_t samples,
                                               const Body& body) {
  std::size_t i = 0;
  for (; i + kChains <= samples; i += kChains) {
#pragma GCC unroll 4
    for (std::size_t chain = 0; chain < kChains; ++chain) body(first + (i + chain) * kPanel, chain);
  }
  for (; i < samples; ++i) body(first + i * kPanel, std::size_t{0});
}

template <class I>
[[gnu::always_inline]] inline void sum_chains(const typename I::Floats* sums,
                                              typename I::Floats& out) {
  out = (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

/// 1 / sqrt(x), rounded as the processor's own root and quotient.
template <class I>
[[gnu::always_inline]] inline void inverse_root(typename I::Floats& x) {
  for (std::size_t lane = 0; lane < I::kLanes; ++lane) x[lane] = 1 / std::sqrt(x[lane]);
}

template <class I>
[[gnu::always_inline]] inline void relu_norm(float* h, float* out, std::size_t units,
                                             std::size_t rows, std::size_t samples,
                                             const float* bias, const NormUnits& norm) {
  using Floats = typename I::Floats;
  const auto n = static_cast<float>(samples);
  each_unit_register<I>(
      units, rows, [&](std::size_t unit, std::size_t first) __attribute__((always_inline)) {
        Floats offset, sum, squares, sums[kChains] = {}, square_sums[kChains] = {};
        load<I>(bias + unit, offset);
        each_sample(
            first, samples, [&](std::size_t at, std::size_t chain) __attribute__((always_inline)) {
              Floats x;
              load<I>(h + at, x);
              x += offset;
              rectify<I>(x);
              store<I>(x, h + at);
              sums[chain] += x;
            });
        sum_chains<I>(sums, sum);
        const Floats mean = sum / n;
        each_sample(
            first, samples, [&](std::size_t at, std::size_t chain) __attribute__((always_inline)) {
              Floats x;
              load<I>(h + at, x);
              x -= mean;
              square_sums[chain] += x * x;
            });
        sum_chains<I>(square_sums, squares);
        Floats inverse_sd = squares / n + kNormEps;
        inverse_root<I>(inverse_sd);
        store<I>(mean, norm.mean + unit);
        store<I>(inverse_sd, norm.inverse_sd + unit);
        Floats running, scale, shift;
        load<I>(norm.running_mean + unit, running);
        running += kNormMomentum * (mean - running);
        store<I>(running, norm.running_mean + unit);
        load<I>(norm.running_variance + unit, running);
        running += kNormMomentum * (squares / (n - 1) - running);
        store<I>(running, norm.running_variance + unit);
        load<I>(norm.scale + unit, scale);
        load<I>(norm.shift + unit, shift);
        scale *= inverse_sd;
        shift -= mean * scale;
        each_sample(
            first, samples, [&](std::size_t at, std::size_t) __attribute__((always_inline)) {
              Floats x;
              load<I>(h + at, x);
              x = x * scale + shift;
              store<I>(x, out + at);
            });
      });
}

template <class I>
[[gnu::always_inline]] inline void relu_norm_backward(const float* rectified, float* gradient,
                                                      std::size_t units, std::size_t rows,
                                                      std::size_t samples, const NormUnits& norm,
                                                      const NormGradients& gradients) {
  using Floats = typename I::Floats;
  const auto n = static_cast<float>(samples);
  each_unit_register<I>(
      units, rows, [&](std::size_t unit, std::size_t first) __attribute__((always_inline)) {
        Floats mean, inverse_sd, scale;
        load<I>(norm.mean + unit, mean);
        load<I>(norm.inverse_sd + unit, inverse_sd);
        load<I>(norm.scale + unit, scale);
        Floats sums[kChains] = {}, weighted_sums[kChains] = {}, bias_sums[kChains] = {};
        each_sample(
            first, samples, [&](std::size_t at, std::size_t chain) __attribute__((always_inline)) {
              Floats d, x;
              load<I>(gradient + at, d);
              load<I>(rectified + at, x);
              sums[chain] += d;
              weighted_sums[chain] += d * ((x - mean) * inverse_sd);
            });
        Floats sum, weighted, bias;
        sum_chains<I>(sums, sum);
        sum_chains<I>(weighted_sums, weighted);
        store<I>(sum, gradients.shift + unit);
        store<I>(weighted, gradients.scale + unit);
        const Floats factor = scale * inverse_sd;
        const Floats mean_gradient = sum / n;
        const Floats slope = weighted / n * inverse_sd;
        each_sample(
            first, samples, [&](std::size_t at, std::size_t chain) __attribute__((always_inline)) {
              Floats d, x;
              load<I>(gradient + at, d);
              load<I>(rectified + at, x);
              const Floats zero = {};
              d = factor * (d - mean_gradient - (x - mean) * slope);
              d = x > zero ? d : zero;
              store<I>(d, gradient + at);
              bias_sums[chain] += d;
            });
        sum_chains<I>(bias_sums, bias);
        store<I>(bias, gradients.bias + unit);
      });
}

template <class I>
[[gnu::always_inline]] inline void relu_norm_evaluate(float* h, std::size_t units, std::size_t rows,
                                                      const float* bias, const NormUnits& norm) {
  using Floats = typename I::Floats;
  each_unit_register<I>(
      units, rows, [&](std::size_t unit, std::size_t first) __attribute__((always_inline)) {
        Floats offset, mean, scale, shift, inverse_sd;
        load<I>(bias + unit, offset);
        load<I>(norm.running_mean + unit, mean);
        load<I>(norm.running_variance + unit, inverse_sd);
        load<I>(norm.scale + unit, scale);
        load<I>(norm.shift + unit, shift);
        inverse_sd += kNormEps;
        inverse_root<I>(inverse_sd);
        scale *= inverse_sd;
        shift -= mean * scale;
        each_sample(
            first, rows, [&](std::size_t at, std::size_t) __attribute__((always_inline)) {
              Floats x;
              load<I>(h + at, x);
              x += offset;
              rectify<I>(x);
              x = x * scale + shift;
              store<I>(x, h + at);
            });
      });
}

}  // namespace crossfold::train::kernels
