#pragma once

#include <cstddef>
#include <cstdint>

#include "batch_kernels.h"

namespace crossfold::train {

// Products of float32 matrices on the processor's matrix unit (AMX), which multiplies tiles of
// bfloat16 numbers, 8 bits each, and adds up in float32. A float32 has 24 bits, so it is the sum of
// three bfloat16 numbers, high, middle and low, and
//
//   x y = xh yh + (xh ym + xm yh) + (xm ym + xh yl + xl yh) + terms below 2^-24 of it
//
// (Henry, Tang and Heinecke 2019, "Leveraging the bfloat16 artificial intelligence datatype for
// higher-precision computations"). Six products are as exact as one of float32, and the unit is
// more than ten times as fast as the vector units. Those are free meanwhile: the next operand is
// split, and the optimiser steps on the gradients of the last tiles, while tiles are multiplied.
// Outside 2^-110 to 3.39e38 it is less exact: parts below the smallest normal number count as 0,
// and the high part of the largest numbers is infinite.
//
// Operands lie in blocks of 32 x 32 numbers: three parts, each of two tiles of 16 rows of 32
// numbers. The unit adds up pairs of neighbours; a word of a tile is the pair of the numbers j
// (lower half) and j + 16 along the 32 that are added up, for j = 0 .. 15.

inline constexpr std::size_t kTiled = 32;  ///< rows and columns of a block
inline constexpr std::size_t kTileWords = 16 * 16;
inline constexpr std::size_t kBlockWords = 3 * 2 * kTileWords;

/// A left-hand operand's block: rows of the result by what is added up.
void split_left(const float* from, std::size_t row_stride, std::uint32_t* block);
/// Of the same numbers [32, 32], transposed.
void split_left_transposed(const float* from, std::size_t row_stride, std::uint32_t* block);

/// Blocks of features that a product takes at a time; their right-hand side is split meanwhile.
inline constexpr std::size_t kBlocksAtOnce = 8;

/// h = X W, with panels as in batch_kernels.h.
struct TileForward {
  const std::uint32_t* x = nullptr;  ///< left-hand blocks, where place() says
  std::size_t feature_blocks = 0;
  std::size_t sample_blocks = 0;
  const float* weight = nullptr;  ///< `panels` of [32 feature_blocks, 32]
  std::size_t panels = 0;
  float* h = nullptr;  ///< `panels` of [32 sample_blocks, 32]
  /// Scratch: two right-hand sides of kBlocksAtOnce blocks each.
  std::uint32_t* split_weights = nullptr;

  /// Where in x the block of these features and samples begins.
  [[nodiscard]] std::size_t place(std::size_t feature_block, std::size_t sample_block) const {
    const std::size_t first = feature_block / kBlocksAtOnce * kBlocksAtOnce;
    const std::size_t together =
        first + kBlocksAtOnce <= feature_blocks ? kBlocksAtOnce : feature_blocks - first;
    return (first * sample_blocks + sample_block * together + feature_block - first) * kBlockWords;
  }
};
void tile_forward(const TileForward& product);

/// The weight gradient X^T d and AdamW's step on it.
struct TileGradient {
  /// Left-hand blocks of X^T: [feature_blocks][sample_blocks]. Samples beyond the last are zeros.
  const std::uint32_t* x = nullptr;
  std::size_t feature_blocks = 0;
  std::size_t sample_blocks = 0;
  std::size_t samples = 0;
  const float* d = nullptr;  ///< `panels` of [32 sample_blocks, 32], of which `samples` rows count
  std::size_t panels = 0;
  std::uint32_t* split_d = nullptr;  ///< scratch: panels * sample_blocks blocks
};
/// `state` stands at the first panel's first weight.
void tile_gradient_step(const TileGradient& gradient, const AdamState& state, const AdamStep& step);

}  // namespace crossfold::train
