#include "batch_kernels.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "crossfold/core/error.h"

#include "simd.h"

// One template on the instruction set, inlined into one function for each. This file is compiled
// with -ffp-contract=fast, so that products and sums become fused ones. Roots and exponentials are
// spelt out in sums, products and quotients, which every processor of a set rounds alike.

namespace crossfold::train {
namespace {

constexpr std::size_t kChains = 4;  ///< sums kept side by side, so that none waits for the last

template <class I>
[[gnu::always_inline]] inline void load(const float* from, std::size_t used,
                                        typename I::Floats& out) {
  if (used == I::kLanes) {
    std::memcpy(&out, from, sizeof out);
  } else {
    out = typename I::Floats{};
    std::memcpy(&out, from, used * sizeof(float));
  }
}

template <class I>
[[gnu::always_inline]] inline void store(const typename I::Floats& from, std::size_t used,
                                         float* out) {
  std::memcpy(out, &from, used == I::kLanes ? sizeof from : used * sizeof(float));
}

/// body(first, used, chain) for every register of `count` numbers; `chain` < kChains.
template <class I, class Body>
[[gnu::always_inline]] inline void each_register(std::size_t count, const Body& body) {
  std::size_t i = 0;
  for (; i + kChains * I::kLanes <= count; i += kChains * I::kLanes) {
#pragma GCC unroll 4
    for (std::size_t chain = 0; chain < kChains; ++chain) {
      body(i + chain * I::kLanes, I::kLanes, chain);
    }
  }
  for (; i + I::kLanes <= count; i += I::kLanes) body(i, I::kLanes, std::size_t{0});
  if (i < count) body(i, count - i, std::size_t{0});
}

template <class I>
struct Chains {
  typename I::Floats sums[kChains] = {};

  [[gnu::always_inline]] float total() const {
    const typename I::Floats sum = (sums[0] + sums[1]) + (sums[2] + sums[3]);
    float lanes[I::kLanes];
    std::memcpy(lanes, &sum, sizeof lanes);
#pragma GCC unroll 4
    for (std::size_t half = I::kLanes / 2; half > 0; half /= 2) {
#pragma GCC unroll 8
      for (std::size_t lane = 0; lane < half; ++lane) lanes[lane] += lanes[lane + half];
    }
    return lanes[0];
  }
};

template <class I>
[[gnu::always_inline]] inline void rectify(typename I::Floats& values) {
  const typename I::Floats zero = {};
  values = values < zero ? zero : values;  // a NaN stays one
}

template <class I>
[[gnu::always_inline]] inline void load(const float* from, typename I::Floats& out) {
  std::memcpy(&out, from, sizeof out);
}
template <class I>
[[gnu::always_inline]] inline void store(const typename I::Floats& from, float* out) {
  std::memcpy(out, &from, sizeof from);
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

/// Logits of a register of samples become residuals (p - label) / n; the sum of cross-entropies.
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
  const Floats share = 1.0F / static_cast<float>(pass.samples) / sum;
  for (std::size_t k = 0; k < pass.levels; ++k) {
    Floats p;
    load<I>(pass.residuals + k * pass.samples + i, used, p);
    const Ints level = Ints{} + static_cast<std::int32_t>(k);
    const Floats one = Floats{} + 1.0F / static_cast<float>(pass.samples);
    p = p * share - (codes == level ? one : Floats{});
    store<I>(p, used, pass.residuals + k * pass.samples + i);
  }
  const Floats above = largest - of_label;
  double loss = 0;
  for (std::size_t lane = 0; lane < used; ++lane) {
    loss += static_cast<double>(above[lane]) + std::log(static_cast<double>(sum[lane]));
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

/// Square roots, right to the last bit or two; of 0 too. Newton's steps on 1 / sqrt(x) from the
/// halved exponent: faster than the processor's own root, which gives one register in 20 cycles.
template <class I>
[[gnu::always_inline]] inline void square_root(typename I::Floats& x) {
  using Floats = typename I::Floats;
  using Ints = typename I::Ints;
  Ints bits;
  std::memcpy(&bits, &x, sizeof bits);
  bits = 0x5f375a86 - (bits >> 1);
  Floats y;
  std::memcpy(&y, &bits, sizeof y);
  const Floats half = 0.5F * x;
#pragma GCC unroll 2
  for (int step = 0; step < 2; ++step) y = y * (1.5F - half * y * y);
  const Floats root = x * y;
  x = root + 0.5F * y * (x - root * root);
}

/// AdamW on one register of parameters, of which `used` count.
template <class I>
[[gnu::always_inline]] inline void adamw_register(const AdamState& state, std::size_t i,
                                                  std::size_t used, const AdamStep& step,
                                                  const typename I::Floats& g) {
  typename I::Floats w, m, v, largest;
  load<I>(state.parameters + i, used, w);
  load<I>(state.first + i, used, m);
  load<I>(state.second + i, used, v);
  load<I>(state.largest_second + i, used, largest);
  m = m * kBeta1 + g * (1 - kBeta1);
  v = v * kBeta2 + g * g * (1 - kBeta2);
  largest = largest < v ? v : largest;
  store<I>(m, used, state.first + i);
  store<I>(v, used, state.second + i);
  store<I>(largest, used, state.largest_second + i);
  square_root<I>(largest);
  w = w * step.keep - step.rate * m / (largest * step.inverse_correction + kAdamEps);
  store<I>(w, used, state.parameters + i);
}

template <class I>
[[gnu::always_inline]] inline void adamw(const AdamState& state, const float* gradient,
                                         std::size_t count, const AdamStep& step) {
  each_register<I>(
      count, [&](std::size_t i, std::size_t used, std::size_t) __attribute__((always_inline)) {
        typename I::Floats g;
        load<I>(gradient + i, used, g);
        adamw_register<I>(state, i, used, step, g);
      });
}

/// sums += the products of one step of k: `Rows` numbers of the left-hand side, `row_stride` apart,
/// with two registers of the right-hand side's row.
template <class I, std::size_t Rows>
[[gnu::always_inline]] inline void add_products(const float* a, std::size_t row_stride,
                                                const float* b, typename I::Floats* sums) {
  typename I::Floats left, right;
  load<I>(b, left);
  load<I>(b + I::kLanes, right);
#pragma GCC unroll 8
  for (std::size_t row = 0; row < Rows; ++row) {
    const float factor = a[row * row_stride];
    sums[2 * row] += factor * left;
    sums[2 * row + 1] += factor * right;
  }
}

/// Rows of a tile whose sums fit the registers, two registers wide.
template <class I>
inline constexpr std::size_t kRowsAtOnce = I::kSums / 2;

constexpr std::size_t kLine = 16;  // floats

/// Asks for part `part` of `parts` of `count` floats.
[[gnu::always_inline]] inline void prefetch_part(const float* values, std::size_t count,
                                                 std::size_t part, std::size_t parts) {
  const std::size_t lines = count / kLine;
  for (std::size_t line = lines * part / parts; line < lines * (part + 1) / parts; ++line)
    __builtin_prefetch(values + line * kLine, 0, 2);
}

template <class I>
[[gnu::always_inline]] inline void product(const PanelProduct& p) {
  constexpr std::size_t kRows = kRowsAtOnce<I>;
  static_assert(kTile % kRows == 0);
  for (std::size_t row = 0; row < p.rows; row += kRows) {
    if (p.next != nullptr) prefetch_part(p.next, p.k * kPanel, row / kRows, p.rows / kRows);
    for (std::size_t column = 0; column < kPanel; column += 2 * I::kLanes) {
      float* const out = p.out + row * kPanel + column;
      typename I::Floats sums[2 * kRows] = {};
      if (p.accumulate) {
#pragma GCC unroll 16
        for (std::size_t j = 0; j < 2 * kRows; ++j)
          load<I>(out + j / 2 * kPanel + j % 2 * I::kLanes, sums[j]);
      }
      const float* b = p.b + column;
      const float* a = p.a + row * p.row_stride;
      for (std::size_t left = p.k; left > 0; left -= p.block, a += p.block_stride) {
        for (std::size_t k = 0; k < p.block; ++k, b += kPanel)
          add_products<I, kRows>(a + k, p.row_stride, b, sums);
      }
#pragma GCC unroll 16
      for (std::size_t j = 0; j < 2 * kRows; ++j)
        store<I>(sums[j], out + j / 2 * kPanel + j % 2 * I::kLanes);
    }
  }
}

/// Asks for a part of the state of a tile while the products of one before it run: the optimiser
/// reads and writes four arrays that only the last cache holds.
[[gnu::always_inline]] inline void prefetch_state(const AdamState& state, std::size_t tile,
                                                  std::size_t part) {
  const std::size_t at = tile + part / 2 % (kTile * kPanel / kLine) * kLine;
  if (part % 2 == 0) {
    __builtin_prefetch(state.parameters + at);
    __builtin_prefetch(state.first + at);
  } else {
    __builtin_prefetch(state.second + at);
    __builtin_prefetch(state.largest_second + at);
  }
}

template <class I>
[[gnu::always_inline]] inline void gradient_step(const GradientStep& g, const AdamState& state,
                                                 const AdamStep& step) {
  constexpr std::size_t kRows = kRowsAtOnce<I>;
  constexpr std::size_t kTileSize = kTile * kPanel;
  constexpr std::size_t kAhead = 2;  // tiles
  constexpr std::size_t kGroup = 8;  // samples between two prefetches
  for (std::size_t tile = 0; tile < g.tiles; ++tile) {
    const std::size_t ahead = std::min(tile + kAhead, g.tiles - 1) * kTileSize;
    for (std::size_t row = 0; row < kTile; row += kRows) {
      for (std::size_t column = 0; column < kPanel; column += 2 * I::kLanes) {
        typename I::Floats sums[2 * kRows] = {};
        const float* x = g.x + tile * g.tile_stride + row;
        const float* d = g.d + column;
        std::size_t sample = 0;
        for (; sample + kGroup <= g.samples; sample += kGroup) {
          prefetch_state(state, ahead, sample / kGroup);
#pragma GCC unroll 1
          for (std::size_t j = 0; j < kGroup; ++j, x += g.sample_stride, d += kPanel)
            add_products<I, kRows>(x, 1, d, sums);
        }
        for (; sample < g.samples; ++sample, x += g.sample_stride, d += kPanel)
          add_products<I, kRows>(x, 1, d, sums);
        const std::size_t at = tile * kTileSize + row * kPanel + column;
#pragma GCC unroll 16
        for (std::size_t j = 0; j < 2 * kRows; ++j)
          adamw_register<I>(state, at + j / 2 * kPanel + j % 2 * I::kLanes, I::kLanes, step,
                            sums[j]);
      }
    }
  }
}

/// The kernels of one instruction set; `target` is the attribute that lets the compiler use it.
#define CF_BATCH_KERNELS(Name, target, I)                                                          \
  struct Name {                                                                                    \
    target static void product_(const PanelProduct& p) { product<I>(p); }                          \
    target static void gradient_step_(const GradientStep& g, const AdamState& state,               \
                                      const AdamStep& step) {                                      \
      gradient_step<I>(g, state, step);                                                            \
    }                                                                                              \
    target static void relu_norm_(float* h, float* out, std::size_t units, std::size_t rows,       \
                                  std::size_t samples, const float* bias, const NormUnits& norm) { \
      relu_norm<I>(h, out, units, rows, samples, bias, norm);                                      \
    }                                                                                              \
    target static void relu_norm_backward_(const float* rectified, float* gradient,                \
                                           std::size_t units, std::size_t rows,                    \
                                           std::size_t samples, const NormUnits& norm,             \
                                           const NormGradients& gradients) {                       \
      relu_norm_backward<I>(rectified, gradient, units, rows, samples, norm, gradients);           \
    }                                                                                              \
    target static void relu_norm_evaluate_(float* h, std::size_t units, std::size_t rows,          \
                                           const float* bias, const NormUnits& norm) {             \
      relu_norm_evaluate<I>(h, units, rows, bias, norm);                                           \
    }                                                                                              \
    target static double head_(const HeadPass& pass) { return head<I>(pass); }                     \
    target static void adamw_(const AdamState& state, const float* gradient, std::size_t count,    \
                              const AdamStep& step) {                                              \
      adamw<I>(state, gradient, count, step);                                                      \
    }                                                                                              \
    static constexpr BatchKernels kKernels = {                                                     \
        product_, gradient_step_, relu_norm_, relu_norm_backward_, relu_norm_evaluate_,            \
        head_,    adamw_};                                                                         \
  };

CF_BATCH_KERNELS(Portable, CF_TARGET_PORTABLE, PortableIsa)
#if defined(__x86_64__)
CF_BATCH_KERNELS(Avx2, CF_TARGET_AVX2, Avx2Isa)
CF_BATCH_KERNELS(Avx512, CF_TARGET_AVX512, Avx512Isa)
#endif
#undef CF_BATCH_KERNELS

}  // namespace

const BatchKernels& batch_kernels(InstructionSet set) {
#if defined(__x86_64__)
  if (set == InstructionSet::avx512) return Avx512::kKernels;
  if (set == InstructionSet::avx2) return Avx2::kKernels;
#endif
  CF_EXPECT(set == InstructionSet::portable);
  return Portable::kKernels;
}

}  // namespace crossfold::train
