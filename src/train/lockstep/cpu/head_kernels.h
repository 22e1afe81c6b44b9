#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "batch_kernels.h"
#include "registers.h"

// Softmax heads, forth and back (see registers.h).

namespace crossfold::train::kernels {

/// e^x for x <= 0, to about 1 part in 10^7; below the smallest normal number about 0.
template <class I>
[[gnu::always_inline]] inline void exponential(typename I::Floats& x) {
  using Floats = typename I::Floats;
  using Ints = typename I::Ints;
  const Floats least = Floats{} - 87.0F;
  x = x < least ? least : x;
  constexpr float kRound = 12582912.0F;  // 1.5 * 2^23: adding it leaves a whole number
  const Floats shifted = x * 1.44269504F + kRound;
  const Floats power = shifted - kRound;
  // ln 2 in two parts, the first exact in few bits (Cody and Waite).
  const Floats r = (x - power * 0.693359375F) + power * 2.12194440e-4F;
  // The series of e^r for |r| <= ln(2) / 2.
  Floats e = r * (1.0F / 5040) + (1.0F / 720);
  e = e * r + (1.0F / 120);
  e = e * r + (1.0F / 24);
  e = e * r + (1.0F / 6);
  e = e * r + 0.5F;
  e = e * r + 1.0F;
  e = e * r + 1.0F;
  Ints bits, exponent;
  std::memcpy(&exponent, &shifted, sizeof exponent);
  std::memcpy(&bits, &e, sizeof bits);
  bits += exponent << 23;  // the whole number stands in the low bits of `shifted`
  std::memcpy(&x, &bits, sizeof x);
}

/// Logits of `Levels` levels for a register of samples, without overwriting what follows them.
template <class I, std::size_t Levels>
[[gnu::always_inline]] inline void head_logits(const HeadPass& pass, std::size_t level,
                                               std::size_t i, std::size_t used) {
  typename I::Floats logits[Levels];
#pragma GCC unroll 4
  for (std::size_t k = 0; k < Levels; ++k) logits[k] = typename I::Floats{} + pass.bias[level + k];
  for (std::size_t unit = 0; unit < pass.width; ++unit) {
    typename I::Floats x;
    load<I>(pass.features + unit * pass.samples + i, used, x);
#pragma GCC unroll 4
    for (std::size_t k = 0; k < Levels; ++k) {
      logits[k] += x * pass.weight[(level + k) * pass.width + unit];
    }
  }
#pragma GCC unroll 4
  for (std::size_t k = 0; k < Levels; ++k) {
    store<I>(logits[k], used, pass.residuals + (level + k) * pass.samples + i);
  }
}

/// Logits of a register of samples become residuals (p - label) times the sample's weight in the
/// mean; the sum of cross-entropies, weighted where there are shares.
template <class I>
[[gnu::always_inline]] inline double head_residuals(const HeadPass& pass, std::size_t i,
                                                    std::size_t used) {
  using Floats = typename I::Floats;
  using Ints = typename I::Ints;
  Ints codes = {};
  std::memcpy(&codes, pass.codes + i, used * sizeof(std::int32_t));
  Floats largest, of_label = {}, sum = {};
  load<I>(pass.residuals + i, used, largest);
  for (std::size_t k = 0; k < pass.levels; ++k) {
    Floats logit;
    load<I>(pass.residuals + k * pass.samples + i, used, logit);
    largest = largest < logit ? logit : largest;
    const Ints level = Ints{} + static_cast<std::int32_t>(k);
    of_label = codes == level ? logit : of_label;
  }
  for (std::size_t k = 0; k < pass.levels; ++k) {
    Floats e;
    load<I>(pass.residuals + k * pass.samples + i, used, e);
    e -= largest;
    exponential<I>(e);
    sum += e;
    store<I>(e, used, pass.residuals + k * pass.samples + i);
  }
  Floats weight = Floats{} + 1.0F / static_cast<float>(pass.samples);
  if (pass.shares != nullptr) load<I>(pass.shares + i, used, weight);
  const Floats share = weight / sum;
  for (std::size_t k = 0; k < pass.levels; ++k) {
    Floats p;
    load<I>(pass.residuals + k * pass.samples + i, used, p);
    const Ints level = Ints{} + static_cast<std::int32_t>(k);
    p = p * share - (codes == level ? weight : Floats{});
    store<I>(p, used, pass.residuals + k * pass.samples + i);
  }
  const Floats above = largest - of_label;
  double loss = 0;
  for (std::size_t lane = 0; lane < used; ++lane) {
    const double of_sample =
        static_cast<double>(above[lane]) + std::log(static_cast<double>(sum[lane]));
    loss += pass.shares == nullptr ? of_sample : of_sample * static_cast<double>(weight[lane]);
  }
  return loss;
}

/// The weight gradient of four levels and one unit; missing levels repeat the last one.
template <class I>
[[gnu::always_inline]] inline void head_weight_gradient(const HeadPass& pass, std::size_t level,
                                                        std::size_t unit) {
  Chains<I> sums[4];
  const float* residuals[4];
  const std::size_t levels = std::min<std::size_t>(4, pass.levels - level);
#pragma GCC unroll 4
  for (std::size_t k = 0; k < 4; ++k) {
    residuals[k] = pass.residuals + (level + std::min(k, levels - 1)) * pass.samples;
  }
  each_register<I>(
      pass.samples, [&](std::size_t i, std::size_t used, std::size_t chain)
                        __attribute__((always_inline)) {
                          typename I::Floats x;
                          load<I>(pass.features + unit * pass.samples + i, used, x);
#pragma GCC unroll 4
                          for (std::size_t k = 0; k < 4; ++k) {
                            typename I::Floats r;
                            load<I>(residuals[k] + i, used, r);
                            sums[k].sums[chain] += r * x;
                          }
                        });
  for (std::size_t k = 0; k < levels; ++k) {
    pass.weight_gradient[(level + k) * pass.width + unit] = sums[k].total();
  }
}

template <class I>
[[gnu::always_inline]] inline double head(const HeadPass& pass) {
  using Floats = typename I::Floats;
  double loss = 0;
  each_register<I>(
      pass.samples, [&](std::size_t i, std::size_t used, std::size_t)
                        __attribute__((always_inline)) {
                          std::size_t level = 0;
                          for (; level + 4 <= pass.levels; level += 4) {
                            head_logits<I, 4>(pass, level, i, used);
                          }
                          for (; level < pass.levels; ++level) {
                            head_logits<I, 1>(pass, level, i, used);
                          }
                          loss += head_residuals<I>(pass, i, used);
                        });
  for (std::size_t level = 0; level < pass.levels; ++level) {
    Chains<I> sum;
    each_register<I>(
        pass.samples, [&](std::size_t i, std::size_t used, std::size_t chain)
                          __attribute__((always_inline)) {
                            Floats r;
                            load<I>(pass.residuals + level * pass.samples + i, used, r);
                            sum.sums[chain] += r;
                          });
    pass.bias_gradient[level] = sum.total();
  }
  for (std::size_t unit = 0; unit < pass.width; ++unit) {
    for (std::size_t level = 0; level < pass.levels; level += 4) {
      head_weight_gradient<I>(pass, level, unit);
    }
    float* gradient = pass.feature_gradient + unit * pass.samples;
    each_register<I>(
        pass.samples, [&](std::size_t i, std::size_t used, std::size_t)
                          __attribute__((always_inline)) {
                            Floats sum, r;
                            load<I>(gradient + i, used, sum);
                            for (std::size_t k = 0; k < pass.levels; ++k) {
                              load<I>(pass.residuals + k * pass.samples + i, used, r);
                              sum += r * (pass.factor * pass.weight[k * pass.width + unit]);
                            }
                            store<I>(sum, used, gradient + i);
                          });
  }
  return loss;
}

}  // namespace crossfold::train::kernels
