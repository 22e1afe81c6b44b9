#pragma once

#include <vector>

#include <torch/torch.h>

namespace crossfold {

/// A small U-Net (Ronneberger, Fischer, Brox 2015): `levels` halvings, each level two 3 x 3
/// convolutions with batch normalisation and ReLU, channels doubling from `width`; on the way up
/// bilinear enlarging, the level's own features beside it, two convolutions again; a last 1 x 1
/// convolution. [B, 1, S, S] to logits [B, 1, S, S], S a multiple of 2^levels.
class UNetImpl final : public torch::nn::Module {
 public:
  struct Shape {
    int width = 12;
    int levels = 4;
  };
  explicit UNetImpl(Shape shape);

  [[nodiscard]] torch::Tensor forward(torch::Tensor x);

 private:
  std::vector<torch::nn::Sequential> down_;
  std::vector<torch::nn::Sequential> up_;
  torch::nn::Conv2d last_{nullptr};
};
TORCH_MODULE(UNet);

}  // namespace crossfold
