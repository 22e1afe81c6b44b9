#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "aligned_floats.h"
#include "batch_kernels.h"
#include "cpu_heads.h"
#include "cpu_network.h"
#include "sample_block.h"

namespace crossfold::train {

/// A head in training, and what it is told of the training samples.
struct HeadTarget {
  HeadPlace place;
  std::span<const std::int32_t> codes;  ///< [n]
  std::span<const float> weights;       ///< [n]; empty: all 1
  float factor = 1;                     ///< of its gradient in that of z'
};

/// Passes of one network over one block of samples, in buffers that all networks use in turn.
class CpuPass {
 public:
  explicit CpuPass(const BatchKernels& kernels) : kernels_(kernels) {}

  /// An AdamW step on a batch; `places` are those of the block's samples in HeadTarget::codes. The
  /// mean cross-entropy of each head.
  std::vector<double> step(CpuNetwork& network, SampleBlock& batch,
                           std::span<const std::int64_t> places, std::span<const HeadTarget> heads,
                           double learning_rate);
  /// z' [samples, 64] in evaluation mode.
  void encode(CpuNetwork& network, SampleBlock& block, float* out);

 private:
  /// Activations and gradients of one batch. Matrices are panels of `rows` rows.
  struct Workspace {
    Workspace(std::size_t samples, std::size_t all_rows);

    std::size_t rows;
    AlignedFloats hidden, hidden_normed;
    AlignedFloats encoded, encoded_normed, encoded_gradient;
    AlignedFloats features, feature_gradient;  ///< [64, samples], as the heads take them
    AlignedFloats residuals;                   ///< of a head
    AlignedFloats encoded_transposed = AlignedFloats(kEncodedWidth * kHiddenWidth);
    AlignedFloats gradient;  ///< of the parameters from PanelLayout::rest on
    AlignedFloats mean = AlignedFloats(kHiddenWidth + kEncodedWidth);
    AlignedFloats inverse_sd = AlignedFloats(kHiddenWidth + kEncodedWidth);
    std::vector<std::int32_t> codes;  ///< [samples]
    AlignedFloats shares;             ///< [samples]
  };

  /// Batches and the chunks of an evaluation come in very few sizes.
  Workspace& workspace(std::size_t samples);

  static NormUnits hidden_norm(CpuNetwork& network, Workspace& work);
  static NormUnits encoded_norm(CpuNetwork& network, Workspace& work);
  /// The encoder's first products.
  static void hidden_products(const CpuNetwork& network, SampleBlock& block, float* hidden);
  /// And its second ones, from activations of the hidden layer.
  void encoded_products(const CpuNetwork& network, std::size_t rows, const float* hidden,
                        float* encoded) const;

  /// One head, forward and back: its mean loss, its gradients, and its part of that of z'.
  double pass_head(const CpuNetwork& network, const HeadTarget& head, Workspace& work,
                   std::span<const std::int64_t> places) const;
  /// From the gradient of z' to all others; each parameter is moved once its old value has served.
  void backward_and_update(CpuNetwork& network, SampleBlock& batch, Workspace& work,
                           const AdamStep& step) const;
  void update_encoded_weight(CpuNetwork& network, const Workspace& work, std::size_t samples,
                             const AdamStep& step) const;

  const BatchKernels& kernels_;
  std::map<std::size_t, Workspace> workspaces_;  ///< by their samples
};

}  // namespace crossfold::train
