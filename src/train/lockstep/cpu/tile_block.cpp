#include "tile_block.h"

#include <algorithm>

#include "crossfold/core/error.h"

#include "tile_kernels.h"

namespace crossfold::train {
namespace {

static_assert(SampleBlock::round_up(1) == kTiled);
/// Floats between gathered rows, so that a transposition's do not fall on the same cache lines.
constexpr std::size_t kTileGap = 16;

}  // namespace

TileBlock::TileBlock(std::size_t samples, std::size_t dim, Use use)
    : SampleBlock(samples),
      gather_(samples, dim),
      sample_blocks_(round_up(samples) / kTiled),
      feature_blocks_(round_up(dim) / kTiled),
      gathered_(kTiled * (round_up(dim) + kTileGap)),
      by_sample_(sample_blocks_ * feature_blocks_ * kBlockWords),
      right_hand_(2 * kBlocksAtOnce * kBlockWords) {
  if (use == Use::training) by_feature_.resize(by_sample_.size());
}

void TileBlock::take(const FeatureRows& features) {
  gather_.begin(features);
  const std::size_t stride = feature_blocks_ * kTiled + kTileGap;
  const TileForward layout{.feature_blocks = feature_blocks_, .sample_blocks = sample_blocks_};
  for (std::size_t block = 0; block < sample_blocks_; ++block) {
    const std::size_t first = block * kTiled;
    const std::size_t count = std::min(kTiled, samples() - first);
    for (std::size_t i = 0; i < count; ++i) gather_.fetch(first + i, gathered_.data() + i * stride);
    std::fill(gathered_.begin() + static_cast<std::ptrdiff_t>(count * stride), gathered_.end(),
              0.0F);
    for (std::size_t feature = 0; feature < feature_blocks_; ++feature) {
      const float* const from = gathered_.data() + feature * kTiled;
      split_left(from, stride, by_sample_.data() + layout.place(feature, block));
      if (!by_feature_.empty())
        split_left_transposed(
            from, stride, by_feature_.data() + (feature * sample_blocks_ + block) * kBlockWords);
    }
  }
}

void TileBlock::forward(const float* weight, std::size_t panels, float* h) {
  tile_forward({.x = by_sample_.data(),
                .feature_blocks = feature_blocks_,
                .sample_blocks = sample_blocks_,
                .weight = weight,
                .panels = panels,
                .h = h,
                .split_weights = right_hand_.data()});
}

void TileBlock::gradient_step(const float* d, std::size_t panels, const AdamState& state,
                              const AdamStep& step) {
  CF_EXPECT(!by_feature_.empty());
  right_hand_.resize(std::max(right_hand_.size(), panels * sample_blocks_ * kBlockWords));
  tile_gradient_step({.x = by_feature_.data(),
                      .feature_blocks = feature_blocks_,
                      .sample_blocks = sample_blocks_,
                      .samples = samples(),
                      .d = d,
                      .panels = panels,
                      .split_d = right_hand_.data()},
                     state, step);
}

}  // namespace crossfold::train
