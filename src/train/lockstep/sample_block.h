#pragma once

#include <cstddef>
#include <vector>

#include "crossfold/train/feature_rows.h"

#include "aligned_floats.h"
#include "batch_kernels.h"

namespace crossfold::train {

/// Some samples' features, gathered once for all fits of a cohort and laid out as the products of
/// the first layer read them.
class SampleBlock {
 public:
  enum class Use {
    training,    ///< forward and weight gradient
    evaluation,  ///< forward alone
  };

  SampleBlock(std::size_t samples, std::size_t dim, Use use);

  [[nodiscard]] std::size_t samples() const { return samples_; }
  /// samples(), rounded up to whole tiles: the rows of a panel of activations.
  [[nodiscard]] std::size_t rows() const { return round_up(samples_); }
  /// Gathers and scales as `features` says; `features.count()` is samples().
  void take(const FeatureRows& features);

  /// h = X W: `weight` is `panels` panels [round_up(dim), 32], `h` as many of [rows(), 32].
  void forward(const BatchKernels& kernels, const float* weight, std::size_t panels,
               float* h) const;
  /// One panel of the weight gradient X^T d and the optimiser's step on its weights.
  void gradient_step(const BatchKernels& kernels, const float* d, const AdamState& state,
                     const AdamStep& step) const;

  [[nodiscard]] static std::size_t round_up(std::size_t count) {
    return (count + kTile - 1) / kTile * kTile;
  }

 private:
  void gather(const FeatureRows& features, std::size_t i);

  std::size_t samples_;
  std::size_t dim_;
  std::size_t stride_;                    ///< from one sample of by_sample_ to the next
  AlignedFloats by_sample_;               ///< [rows(), stride_]
  AlignedFloats by_feature_;              ///< [round_up(dim) / 8, samples, 8]; empty for evaluation
  std::vector<float> mean_, inverse_sd_;  ///< of the scaling, in float32
};

}  // namespace crossfold::train
