#pragma once

#include "network_bank.h"

namespace crossfold::train::cuda {

/// A BatchNorm in the bank: offsets of its parameters and running statistics.
struct NormShape {
  std::size_t scale = 0;
  std::size_t shift = 0;
  std::size_t running_mean = 0;
  std::size_t running_variance = 0;
  std::size_t units = 0;
};

/// BatchNorm of `rectified` [places, capacity, units], rows of `units` one behind the other, to
/// `out` [FitPlace::output, out_stride].
struct NormPass {
  Places places;
  NetworkBank bank;
  NormShape norm;
  const float* rectified = nullptr;
  float* out = nullptr;
  std::size_t out_stride = 0;   ///< numbers from one fit's out to the next
  float* mean = nullptr;        ///< [places, units] of the batch; training only
  float* inverse_sd = nullptr;  ///< from the biased variance, likewise
};

/// `gradient` [places, capacity, units], of NormPass::out, becomes that of what was rectified.
struct NormBackward {
  Places places;
  NetworkBank bank;
  NormShape norm;
  const float* rectified = nullptr;
  float* gradient = nullptr;
  const float* mean = nullptr;
  const float* inverse_sd = nullptr;
  float* gradients = nullptr;  ///< [places, gradient_stride]: of parameters
  std::size_t gradient_stride = 0;
  std::size_t bias = 0, scale = 0, shift = 0;  ///< where theirs stand in `gradients`
};

namespace twin {
/// In training mode: over the batch; moves the running statistics.
void norm_forward(const NormPass& of);
/// In evaluation mode: with the running statistics.
void norm_evaluate(const NormPass& of);
void norm_backward(const NormBackward& of);
}  // namespace twin

}  // namespace crossfold::train::cuda
