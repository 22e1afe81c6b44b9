#pragma once

#include <cstddef>
#include <memory>

#include "crossfold/solve/feature_rows.h"
#include "crossfold/solve/instruction_set.h"

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

  virtual ~SampleBlock() = default;
  SampleBlock(const SampleBlock&) = delete;
  SampleBlock& operator=(const SampleBlock&) = delete;

  [[nodiscard]] std::size_t samples() const { return samples_; }
  /// samples(), rounded up: the rows of a panel of activations.
  [[nodiscard]] std::size_t rows() const { return round_up(samples_); }
  /// Gathers and scales as `features` says; `features.count()` is samples().
  virtual void take(const FeatureRows& features) = 0;

  /// h = X W: `weight` is `panels` panels [round_up(dim), 32], `h` as many of [rows(), 32].
  virtual void forward(const float* weight, std::size_t panels, float* h) = 0;
  /// For Use::training: the weight gradient X^T d and the optimiser's step on the weights. `d` is
  /// `panels` panels [rows(), 32], `state` stands at the first weight of as many [round_up(dim),
  /// 32].
  virtual void gradient_step(const float* d, std::size_t panels, const AdamState& state,
                             const AdamStep& step) = 0;

  /// Rows of activations and of weights come in whole blocks.
  [[nodiscard]] static constexpr std::size_t round_up(std::size_t count) {
    constexpr std::size_t kBlock = 32;
    return (count + kBlock - 1) / kBlock * kBlock;
  }

 protected:
  explicit SampleBlock(std::size_t samples) : samples_(samples) {}

 private:
  std::size_t samples_;
};

/// For the kernels of `set`: in panels, or in tiles where the processor multiplies those.
[[nodiscard]] std::unique_ptr<SampleBlock> make_sample_block(InstructionSet set,
                                                             std::size_t samples, std::size_t dim,
                                                             SampleBlock::Use use);

}  // namespace crossfold::train
