#include "panel_block.h"

#include <algorithm>
#include <cstring>

#include "crossfold/core/error.h"

namespace crossfold::train {
namespace {

/// Features of one product: 32 columns of that many weights fit the first-level cache.
constexpr std::size_t kFeatures = 256;
/// Floats between the samples' rows, so that eight of them do not fall on the same cache lines.
constexpr std::size_t kPanelGap = 16;
/// Samples gathered before their features are laid out once more.
constexpr std::size_t kGathered = 16;

}  // namespace

PanelBlock::PanelBlock(const BatchKernels& kernels, std::size_t samples, std::size_t dim, Use use)
    : SampleBlock(samples),
      kernels_(kernels),
      dim_(dim),
      gather_(samples, dim),
      stride_(round_up(dim) + kPanelGap),
      by_sample_(rows() * stride_) {
  if (use == Use::training) by_feature_.resize(round_up(dim) * samples);
}

void PanelBlock::take(const FeatureRows& features) {
  gather_.begin(features);
  for (std::size_t first = 0; first < samples(); first += kGathered) {
    const std::size_t end = std::min(first + kGathered, samples());
    for (std::size_t i = first; i < end; ++i) gather_.fetch(i, by_sample_.data() + i * stride_);
    if (by_feature_.empty()) continue;
    for (std::size_t d = 0; d < dim_; d += kTile) {  // zeros beyond the row fill the last tile
      for (std::size_t i = first; i < end; ++i)
        std::memcpy(by_feature_.data() + d * samples() + i * kTile,
                    by_sample_.data() + i * stride_ + d, kTile * sizeof(float));
    }
  }
}

void PanelBlock::forward(const float* weight, std::size_t panels, float* h) {
  const std::size_t dim = round_up(dim_);
  for (std::size_t panel = 0; panel < panels; ++panel) {
    for (std::size_t first = 0; first < dim; first += kFeatures) {
      const std::size_t features = std::min(kFeatures, dim - first);
      const float* const b = weight + (panel * dim + first) * kPanel;
      const bool last = panel + 1 == panels && first + features == dim;
      kernels_.product({.a = by_sample_.data() + first,
                        .row_stride = stride_,
                        .block = features,
                        .block_stride = 0,
                        .k = features,
                        .b = b,
                        .out = h + panel * rows() * kPanel,
                        .rows = rows(),
                        .accumulate = first > 0,
                        .next = last ? nullptr : b + features * kPanel});
    }
  }
}

void PanelBlock::gradient_step(const float* d, std::size_t panels, const AdamState& state,
                               const AdamStep& step) {
  CF_EXPECT(!by_feature_.empty());
  const std::size_t dim = round_up(dim_);
  for (std::size_t panel = 0; panel < panels; ++panel)
    kernels_.gradient_step({.x = by_feature_.data(),
                            .tile_stride = samples() * kTile,
                            .sample_stride = kTile,
                            .samples = samples(),
                            .d = d + panel * rows() * kPanel,
                            .tiles = dim / kTile},
                           state.from(panel * dim * kPanel), step);
}

}  // namespace crossfold::train
