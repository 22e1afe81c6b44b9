#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "crossfold/solve/simd.h"

#include "registers.h"
#include "tile_kernels.h"

// Splitting float32 numbers into the bfloat16 operands of tile_kernels.h (see registers.h).

namespace crossfold::train::kernels {

using Floats = solve::Avx512Isa::Floats;
using Words = solve::Avx512Isa::Words;
constexpr std::size_t kLanes = solve::Avx512Isa::kLanes;
constexpr std::size_t kPartWords = 2 * kTileWords;
constexpr std::size_t kHalf = kTiled / 2;
static_assert(kTiled == kPanel && kHalf == kLanes);

#define CF_INLINE [[gnu::always_inline]] inline

/// The three parts of numbers, each in the upper half of its word. High and middle are rounded to
/// nearest, halves away from zero, so that what the six products leave out does not lean to one
/// side. What is left then has eight bits, and is cut: so a NaN that rounding would turn into 0
/// stays one.
struct Parts {
  Words part[3];
};

CF_INLINE void split(const Floats& numbers, Parts& out) {
  Floats rest = numbers;
#pragma GCC unroll 3
  for (std::size_t i = 0; i < 3; ++i) {
    Words bits;
    std::memcpy(&bits, &rest, sizeof bits);
    if (i < 2) bits += 0x8000U;
    bits &= 0xffff0000U;
    out.part[i] = bits;
    Floats part;
    std::memcpy(&part, &bits, sizeof part);
    rest -= part;
  }
}

/// Pairs of `lower` and `upper` into one row of a tile, in all three parts.
CF_INLINE void store_pairs(const Floats& lower, const Floats& upper, std::uint32_t* row) {
  Parts a, b;
  split(lower, a);
  split(upper, b);
#pragma GCC unroll 3
  for (std::size_t i = 0; i < 3; ++i) {
    const Words pairs = a.part[i] >> 16 | b.part[i];
    std::memcpy(row + i * kPartWords, &pairs, sizeof pairs);
  }
}

/// rows[16] of 16 numbers, transposed: the upper half's rows go between the lower half's, four
/// times.
CF_INLINE void transpose(Floats* rows) {
#pragma GCC unroll 4
  for (int round = 0; round < 4; ++round) {
    Floats out[kLanes];
#pragma GCC unroll 8
    for (std::size_t i = 0; i < kLanes / 2; ++i) {
      const Floats a = rows[i], b = rows[i + kLanes / 2];
      out[2 * i] =
          __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      out[2 * i + 1] = __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29,
                                               14, 30, 15, 31);
    }
#pragma GCC unroll 16
    for (std::size_t i = 0; i < kLanes; ++i) rows[i] = out[i];
  }
}

/// A right-hand side's rows j and j + 16 of one block, of one of its two tiles: `from` stands at
/// the block's first row, `pair` counts them.
CF_INLINE void split_right_pair(const float* from, std::size_t pair, std::uint32_t* block) {
  const std::size_t tile = pair % 2, j = pair / 2;  // as they lie
  Floats lower, upper;
  load<solve::Avx512Isa>(from + j * kPanel + tile * kLanes, lower);
  load<solve::Avx512Isa>(from + (j + kHalf) * kPanel + tile * kLanes, upper);
  store_pairs(lower, upper, block + tile * kTileWords + j * kLanes);
}
constexpr std::size_t kBlockPairs = 2 * kHalf;  // of such rows

/// A right-hand side's block, rows of a panel; those from `rows` on count as zeros.
CF_INLINE void split_right(const float* from, std::size_t rows, std::uint32_t* block) {
  alignas(64) float whole[kTiled * kPanel];
  if (rows < kTiled) {
    std::copy_n(from, rows * kPanel, whole);
    std::fill(whole + rows * kPanel, whole + kTiled * kPanel, 0.0F);
    from = whole;
  }
  for (std::size_t pair = 0; pair < kBlockPairs; ++pair) split_right_pair(from, pair, block);
}

/// Splits a right-hand side of some blocks bit by bit.
class Splitting {
 public:
  Splitting(const float* from, std::size_t blocks, std::uint32_t* to)
      : from_(from), to_(to), pairs_(blocks * kBlockPairs) {}

  CF_INLINE void go_on() {
    if (done_ == pairs_) return;
    const std::size_t block = done_ / kBlockPairs;
    split_right_pair(from_ + block * kTiled * kPanel, done_ % kBlockPairs,
                     to_ + block * kBlockWords);
    ++done_;
  }
  CF_INLINE void finish() {
    while (done_ < pairs_) go_on();
  }

 private:
  const float* from_;
  std::uint32_t* to_;
  std::size_t pairs_;
  std::size_t done_ = 0;
};

}  // namespace crossfold::train::kernels
