#pragma once

#include <cstddef>

#include "aligned_floats.h"
#include "batch_kernels.h"
#include "row_gather.h"
#include "sample_block.h"

namespace crossfold::train {

/// Samples for products of panels (batch_kernels.h).
class PanelBlock final : public SampleBlock {
 public:
  PanelBlock(const BatchKernels& kernels, std::size_t samples, std::size_t dim, Use use);

  void take(const FeatureRows& features) override;
  void forward(const float* weight, std::size_t panels, float* h) override;
  void gradient_step(const float* d, std::size_t panels, const AdamState& state,
                     const AdamStep& step) override;

 private:
  const BatchKernels& kernels_;
  std::size_t dim_;
  RowGather gather_;
  std::size_t stride_;        ///< from one sample of by_sample_ to the next
  AlignedFloats by_sample_;   ///< [rows(), stride_]
  AlignedFloats by_feature_;  ///< [round_up(dim) / 8, samples, 8]; empty for evaluation
};

}  // namespace crossfold::train
