#pragma once

#include <algorithm>
#include <cstddef>

#include "adamw_kernels.h"
#include "batch_kernels.h"
#include "registers.h"

// Products of panels, and those of a weight gradient with the optimiser's step (see registers.h).

namespace crossfold::train::kernels {

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

}  // namespace crossfold::train::kernels
