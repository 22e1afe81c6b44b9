#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "aligned_floats.h"
#include "row_gather.h"
#include "sample_block.h"

namespace crossfold::train {

/// Samples for products of tiles (tile_kernels.h).
class TileBlock final : public SampleBlock {
 public:
  TileBlock(std::size_t samples, std::size_t dim, Use use);

  void take(const FeatureRows& features) override;
  void forward(const float* weight, std::size_t panels, float* h) override;
  void gradient_step(const float* d, std::size_t panels, const AdamState& state,
                     const AdamStep& step) override;

 private:
  using AlignedWords = std::vector<std::uint32_t, CacheLineAllocator<std::uint32_t>>;

  RowGather gather_;
  std::size_t sample_blocks_;
  std::size_t feature_blocks_;
  AlignedFloats gathered_;   ///< [32, stride of whole blocks]
  AlignedWords by_sample_;   ///< X, left-hand blocks as TileForward has them
  AlignedWords by_feature_;  ///< X^T, as TileGradient has them; empty for evaluation
  AlignedWords right_hand_;  ///< scratch
};

}  // namespace crossfold::train
