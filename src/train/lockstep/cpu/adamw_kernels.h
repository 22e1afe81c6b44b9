#pragma once

#include <cstddef>
#include <cstring>

#include "batch_kernels.h"
#include "registers.h"

// AdamW with AMSGrad (see registers.h).

namespace crossfold::train::kernels {

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

}  // namespace crossfold::train::kernels
