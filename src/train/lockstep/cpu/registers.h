#pragma once

#include <cstddef>
#include <cstring>

#include "crossfold/solve/simd.h"

// Numbers in registers: the templates on the instruction set that batch_kernels.cpp and
// tile_kernels.cpp turn into functions. They are inlined there, and nothing else includes them.
// Roots and exponentials are spelt out in sums, products and quotients, which every processor of a
// set rounds alike.

namespace crossfold::train::kernels {

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
[[gnu::always_inline]] inline void load(const float* from, typename I::Floats& out) {
  std::memcpy(&out, from, sizeof out);
}
template <class I>
[[gnu::always_inline]] inline void store(const typename I::Floats& from, float* out) {
  std::memcpy(out, &from, sizeof from);
}

}  // namespace crossfold::train::kernels
