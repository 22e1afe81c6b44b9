#include "sample_block.h"

#include <algorithm>
#include <cstring>

#include "crossfold/core/error.h"

namespace crossfold::train {
namespace {

/// Features of one product: 32 columns of that many weights fit the first-level cache.
constexpr std::size_t kFeatures = 256;
/// Floats between the samples' rows, so that eight of them do not fall on the same cache lines.
constexpr std::size_t kGap = 16;

/// Samples gathered before their features are laid out once more.
constexpr std::size_t kGathered = 16;
/// How many rows ahead memory is asked for what is gathered.
constexpr std::size_t kAhead = 2;
constexpr std::size_t kLine = 16;  // floats

}  // namespace

SampleBlock::SampleBlock(std::size_t samples, std::size_t dim, Use use)
    : samples_(samples),
      dim_(dim),
      stride_(round_up(dim) + kGap),
      by_sample_(round_up(samples) * stride_) {
  if (use == Use::training) by_feature_.resize(round_up(dim) * samples);
}

void SampleBlock::take(const FeatureRows& features) {
  CF_EXPECT(features.count() == samples_ && features.dim == dim_);
  if (features.scaling != nullptr && mean_.empty()) {
    mean_.assign(features.scaling->mean.begin(), features.scaling->mean.end());
    inverse_sd_.assign(features.scaling->inverse_sd.begin(), features.scaling->inverse_sd.end());
  }
  for (std::size_t first = 0; first < samples_; first += kGathered) {
    const std::size_t end = std::min(first + kGathered, samples_);
    for (std::size_t i = first; i < end; ++i) gather(features, i);
    if (by_feature_.empty()) continue;
    for (std::size_t d = 0; d < dim_; d += kTile) {  // the gap's zeros fill the last tile
      for (std::size_t i = first; i < end; ++i)
        std::memcpy(by_feature_.data() + d * samples_ + i * kTile,
                    by_sample_.data() + i * stride_ + d, kTile * sizeof(float));
    }
  }
}

void SampleBlock::gather(const FeatureRows& features, std::size_t i) {
  if (i + kAhead < samples_) {  // rows lie anywhere: the processor cannot guess the next one
    const float* const ahead = features.row(i + kAhead);
    for (std::size_t d = 0; d < dim_; d += kLine) __builtin_prefetch(ahead + d);
  }
  float* const to = by_sample_.data() + i * stride_;
  std::copy_n(features.row(i), dim_, to);
  if (features.scaling == nullptr) return;
  for (std::size_t d = 0; d < dim_; ++d) to[d] = (to[d] - mean_[d]) * inverse_sd_[d];
}

void SampleBlock::forward(const BatchKernels& kernels, const float* weight, std::size_t panels,
                          float* h) const {
  const std::size_t dim = round_up(dim_);
  for (std::size_t panel = 0; panel < panels; ++panel) {
    for (std::size_t first = 0; first < dim; first += kFeatures) {
      const std::size_t features = std::min(kFeatures, dim - first);
      const float* const b = weight + (panel * dim + first) * kPanel;
      const bool last = panel + 1 == panels && first + features == dim;
      kernels.product({.a = by_sample_.data() + first,
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

void SampleBlock::gradient_step(const BatchKernels& kernels, const float* d, const AdamState& state,
                                const AdamStep& step) const {
  kernels.gradient_step({.x = by_feature_.data(),
                         .tile_stride = samples_ * kTile,
                         .sample_stride = kTile,
                         .samples = samples_,
                         .d = d,
                         .tiles = round_up(dim_) / kTile},
                        state, step);
}

}  // namespace crossfold::train
