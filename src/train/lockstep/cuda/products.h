#pragma once

#include "network_bank.h"

namespace crossfold::train::cuda {

/// Inputs of a layer, [capacity, inputs] for each fit.
struct LayerInput {
  const float* values = nullptr;
  bool of_block = false;  ///< one for each block of samples, not for each fit of the launch
};

/// A layer's weights [units, inputs] in the bank, its offsets there.
struct LayerShape {
  std::size_t weight = 0;
  std::size_t bias = 0;
  std::size_t inputs = 0;
  std::size_t units = 0;
};

/// out [places, capacity, units] = max(input weight^T + bias, 0).
struct ForwardProduct {
  Places places;
  NetworkBank bank;
  LayerShape layer;
  LayerInput input;
  float* out = nullptr;
};

/// out [places, capacity, inputs] = gradient [places, capacity, units] weight.
struct BackwardProduct {
  Places places;
  NetworkBank bank;
  LayerShape layer;
  const float* gradient = nullptr;
  float* out = nullptr;
};

/// The weight gradient, gradient^T input summed over samples, and the AdamW step on the weights
/// (Loshchilov and Hutter 2019, algorithm 2, with AMSGrad).
struct GradientStep {
  Places places;
  NetworkBank bank;
  LayerShape layer;
  LayerInput input;
  const float* gradient = nullptr;     ///< [places, capacity, units]
  const AdamNumbers* steps = nullptr;  ///< [places]
};

/// AdamW on the parameters from `offset` on, from gradients in memory.
struct AdamRange {
  Places places;
  NetworkBank bank;
  std::size_t offset = 0;
  std::size_t most = 0;                  ///< parameters of the fit that moves most
  const std::uint32_t* moved = nullptr;  ///< [places]: how many of a fit's are moved
  const float* gradients = nullptr;  ///< [places, gradient_stride], of the parameter at `offset`
  std::size_t gradient_stride = 0;
  const AdamNumbers* steps = nullptr;  ///< [places]
};

namespace twin {
void forward_product(const ForwardProduct& of);
void backward_product(const BackwardProduct& of);
void gradient_step(const GradientStep& of);
void adam_range(const AdamRange& of);
}  // namespace twin

}  // namespace crossfold::train::cuda
