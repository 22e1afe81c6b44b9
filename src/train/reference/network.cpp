#include "network.h"

#include <cstdint>
#include <vector>

#include <torch/csrc/autograd/custom_function.h>

namespace crossfold::train {
namespace {

class GradientReversal : public torch::autograd::Function<GradientReversal> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& x,
                            double lambda) {
    context->saved_data["lambda"] = lambda;
    return x.view_as(x);
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    return {-context->saved_data["lambda"].toDouble() * gradients[0], at::Tensor()};
  }
};

void copy_into(at::Tensor& parameter, const std::vector<float>& values) {
  const at::NoGradGuard no_grad;
  parameter.copy_(at::tensor(values).view_as(parameter));
}

}  // namespace

torch::nn::Linear make_affine(const AffineWeights& weights) {
  const std::size_t outputs = weights.bias.size();
  const std::size_t inputs = weights.weight.size() / outputs;
  torch::nn::Linear layer(static_cast<std::int64_t>(inputs), static_cast<std::int64_t>(outputs));
  copy_into(layer->weight, weights.weight);
  copy_into(layer->bias, weights.bias);
  return layer;
}

at::Tensor reverse_gradient(const at::Tensor& x, double lambda) {
  return GradientReversal::apply(x, lambda);
}

EncoderImpl::EncoderImpl(const InitialWeights& weights)
    : hidden_(register_module("hidden", make_affine(weights.hidden))),
      hidden_norm_(register_module("hidden_norm", torch::nn::BatchNorm1d(kHiddenWidth))),
      encoded_(register_module("encoded", make_affine(weights.encoded))),
      encoded_norm_(register_module("encoded_norm", torch::nn::BatchNorm1d(kEncodedWidth))) {}

at::Tensor EncoderImpl::forward(const at::Tensor& z) {
  const at::Tensor hidden = hidden_norm_(at::relu(hidden_(z)));
  return encoded_norm_(at::relu(encoded_(hidden)));
}

NetworkImpl::NetworkImpl(const InitialWeights& weights)
    : encoder(register_module("encoder", Encoder(weights))),
      class_head(register_module("class_head", make_affine(weights.class_head))) {
  if (weights.domain_head) {
    domain_head = register_module("domain_head", make_affine(*weights.domain_head));
  }
}

}  // namespace crossfold::train
