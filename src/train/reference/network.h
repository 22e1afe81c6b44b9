#pragma once

#include <ATen/ATen.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/linear.h>

#include "initial_weights.h"

namespace crossfold::train {

/// e: Dense(256) -> ReLU -> BatchNorm -> Dense(64) -> ReLU -> BatchNorm; z [B, D] to z' [B, 64].
/// BatchNorm has momentum 0.1, eps 1e-5 and trainable scale and shift, LibTorch's defaults.
class EncoderImpl : public torch::nn::Module {
 public:
  explicit EncoderImpl(const InitialWeights& weights);
  at::Tensor forward(const at::Tensor& z);

 private:
  torch::nn::Linear hidden_;
  torch::nn::BatchNorm1d hidden_norm_;
  torch::nn::Linear encoded_;
  torch::nn::BatchNorm1d encoded_norm_;
};
TORCH_MODULE(Encoder);

/// An affine layer with the given weights.
[[nodiscard]] torch::nn::Linear make_affine(const AffineWeights& weights);

/// x forth, -lambda times the gradient back (Ganin and Lempitsky 2015, equation 8).
[[nodiscard]] at::Tensor reverse_gradient(const at::Tensor& x, double lambda);

/// The model of a baseline (no domain head) or disentangled candidate (METHODS 4).
class NetworkImpl : public torch::nn::Module {
 public:
  explicit NetworkImpl(const InitialWeights& weights);

  Encoder encoder;
  torch::nn::Linear class_head;
  torch::nn::Linear domain_head{nullptr};  ///< empty for a baseline
};
TORCH_MODULE(Network);

}  // namespace crossfold::train
