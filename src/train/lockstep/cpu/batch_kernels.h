#pragma once

#include <cstddef>
#include <cstdint>

#include "crossfold/solve/instruction_set.h"

namespace crossfold::train {

// All arithmetic of an epoch, but for the first layer's products where they go to tiles
// (tile_kernels.h). Matrices lie in panels of 32 columns, [columns / 32][rows][32]: the
// activations of a batch with samples as rows and units as columns, a layer's weights with inputs
// as rows and units as columns. So a product reads its right-hand side and writes its result as
// they lie, nothing is packed for one product alone, and a BatchNorm adds up whole registers.

inline constexpr std::size_t kPanel = 32;
/// Rows that a product does at a time; its left-hand side and result have a multiple of it.
inline constexpr std::size_t kTile = 8;

/// BatchNorm's parameters and running statistics (METHODS 4), [units] each, and what the backward
/// pass needs of the batch.
struct NormUnits {
  const float* scale = nullptr;
  const float* shift = nullptr;
  float* running_mean = nullptr;
  float* running_variance = nullptr;
  float* mean = nullptr;        ///< of the batch
  float* inverse_sd = nullptr;  ///< of the batch, from the biased variance
};

/// Gradients [units] of a layer's bias and of the BatchNorm behind it.
struct NormGradients {
  float* bias = nullptr;
  float* scale = nullptr;
  float* shift = nullptr;
};

/// out [rows, 32] = a [rows, k] b [k, 32], or += : one panel of a product. a's element (i, j)
/// stands at i * row_stride + (j / block) * block_stride + j % block.
struct PanelProduct {
  const float* a = nullptr;
  std::size_t row_stride = 0;
  std::size_t block = 0;  ///< a divisor of k
  std::size_t block_stride = 0;
  std::size_t k = 0;
  const float* b = nullptr;
  float* out = nullptr;
  std::size_t rows = 0;
  bool accumulate = false;
  /// The right-hand side of the product to come, [k, 32]: asked for while this one is worked on.
  const float* next = nullptr;
};

/// One panel of a layer's weight gradient, g [8 tiles, 32] = x^T d with x [samples, 8 tiles] and
/// d [samples, 32], and the AdamW step on the weights it belongs to, while g is in registers.
struct GradientStep {
  const float* x = nullptr;     ///< of a tile: element (j, sample) at sample * sample_stride + j
  std::size_t tile_stride = 0;  ///< from one tile of x to the next
  std::size_t sample_stride = 0;
  std::size_t samples = 0;
  const float* d = nullptr;
  std::size_t tiles = 0;
};

/// A softmax head on features [width, samples]: an affine layer, cross-entropy, and back.
struct HeadPass {
  std::size_t width = 0;  ///< units of the features
  std::size_t levels = 0;
  std::size_t samples = 0;
  const float* weight = nullptr;        ///< [levels, width]
  const float* bias = nullptr;          ///< [levels]
  const float* features = nullptr;      ///< [width, samples]
  const std::int32_t* codes = nullptr;  ///< [samples] in 0 .. levels - 1
  /// [samples] weights that add up to 1; nullptr: all alike. A code of no weight may be -1.
  const float* shares = nullptr;
  float factor = 1;                   ///< of the gradient that goes on to the features
  float* residuals = nullptr;         ///< scratch [levels, samples]
  float* feature_gradient = nullptr;  ///< [width, samples]; added to
  float* weight_gradient = nullptr;   ///< [levels, width]
  float* bias_gradient = nullptr;     ///< [levels]
};

/// The numbers of one AdamW step with AMSGrad (Loshchilov and Hutter 2019, algorithm 2; Reddi et
/// al. 2018), worked out once for all parameters.
struct AdamStep {
  float keep = 0;                ///< 1 - learning rate * weight decay
  float rate = 0;                ///< learning rate / (1 - beta1^t)
  float inverse_correction = 0;  ///< 1 / sqrt(1 - beta2^t)
};

/// Parameters with their moments, all [count].
struct AdamState {
  float* parameters = nullptr;
  float* first = nullptr;           ///< moving mean of the gradient
  float* second = nullptr;          ///< of its square
  float* largest_second = nullptr;  ///< the largest `second` so far

  /// Those from `offset` on.
  [[nodiscard]] AdamState from(std::size_t offset) const {
    return {parameters + offset, first + offset, second + offset, largest_second + offset};
  }
};

inline constexpr float kBeta1 = 0.9F;
inline constexpr float kBeta2 = 0.999F;
inline constexpr float kAdamEps = 1e-8F;
inline constexpr float kNormMomentum = 0.1F;
inline constexpr float kNormEps = 1e-5F;

struct BatchKernels {
  void (*product)(const PanelProduct& product);
  /// `state` stands at the panel's first weight.
  void (*gradient_step)(const GradientStep& gradient, const AdamState& state, const AdamStep& step);
  /// h, panels of `rows` rows of which `samples` count, becomes max(h + bias, 0), and `out` its
  /// BatchNorm in training mode, which also moves the running statistics.
  void (*relu_norm)(float* h, float* out, std::size_t units, std::size_t rows, std::size_t samples,
                    const float* bias, const NormUnits& norm);
  /// `gradient`, of relu_norm's `out`, becomes that of its h before; `rectified` is the h that
  /// relu_norm left.
  void (*relu_norm_backward)(const float* rectified, float* gradient, std::size_t units,
                             std::size_t rows, std::size_t samples, const NormUnits& norm,
                             const NormGradients& gradients);
  /// h becomes the BatchNorm of max(h + bias, 0) in evaluation mode.
  void (*relu_norm_evaluate)(float* h, std::size_t units, std::size_t rows, const float* bias,
                             const NormUnits& norm);
  /// Forward and back; the sum of the samples' cross-entropies, with shares their weighted mean.
  /// Gradients are those of the mean.
  double (*head)(const HeadPass& pass);
  void (*adamw)(const AdamState& state, const float* gradient, std::size_t count,
                const AdamStep& step);
};

/// The kernels of one of instruction_sets().
[[nodiscard]] const BatchKernels& batch_kernels(InstructionSet set);

}  // namespace crossfold::train
