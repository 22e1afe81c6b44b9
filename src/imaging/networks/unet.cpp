#include "unet.h"

#include <cstdint>
#include <string>
#include <utility>

namespace crossfold {
namespace {

namespace nn = torch::nn;

nn::Sequential two_convolutions(int in, int out) {
  const auto convolution = [](int from, int to) {
    return nn::Conv2d(nn::Conv2dOptions(from, to, 3).padding(1).bias(false));
  };
  return nn::Sequential(convolution(in, out), nn::BatchNorm2d(out), nn::ReLU(),
                        convolution(out, out), nn::BatchNorm2d(out), nn::ReLU());
}

torch::Tensor enlarge(const torch::Tensor& x, const torch::Tensor& like) {
  return nn::functional::interpolate(
      x, nn::functional::InterpolateFuncOptions()
             .size(std::vector<std::int64_t>{like.size(2), like.size(3)})
             .mode(torch::kBilinear)
             .align_corners(false));
}

}  // namespace

UNetImpl::UNetImpl(Shape shape) {
  int channels = shape.width;
  down_.push_back(register_module("down0", two_convolutions(1, channels)));
  for (int level = 1; level <= shape.levels; ++level, channels *= 2)
    down_.push_back(
        register_module("down" + std::to_string(level), two_convolutions(channels, 2 * channels)));
  for (int level = shape.levels - 1; level >= 0; --level, channels /= 2)
    up_.push_back(register_module("up" + std::to_string(level),
                                  two_convolutions(channels + channels / 2, channels / 2)));
  last_ = register_module("last", nn::Conv2d(nn::Conv2dOptions(shape.width, 1, 1)));
}

torch::Tensor UNetImpl::forward(torch::Tensor x) {
  std::vector<torch::Tensor> features;
  for (std::size_t level = 0; level < down_.size(); ++level) {
    if (level > 0) x = torch::max_pool2d(x, 2);
    x = down_[level]->forward(x);
    features.push_back(x);
  }
  features.pop_back();
  for (nn::Sequential& up : up_) {
    const torch::Tensor& beside = features.back();
    x = up->forward(torch::cat({enlarge(x, beside), beside}, 1));
    features.pop_back();
  }
  return last_->forward(x);
}

}  // namespace crossfold
