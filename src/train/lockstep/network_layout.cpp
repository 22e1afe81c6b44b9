#include "network_layout.h"

#include <algorithm>

namespace crossfold::train {

NetworkLayout::NetworkLayout(std::size_t dim_, std::size_t classes_, std::size_t domains_)
    : dim(dim_), classes(classes_), domains(domains_) {
  const auto place = [this](std::size_t size) {
    const std::size_t offset = parameters;
    parameters += size;
    return offset;
  };
  hidden_weight = place(kHiddenWidth * dim);
  hidden_bias = place(kHiddenWidth);
  hidden_scale = place(kHiddenWidth);
  hidden_shift = place(kHiddenWidth);
  encoded_weight = place(kEncodedWidth * kHiddenWidth);
  encoded_bias = place(kEncodedWidth);
  encoded_scale = place(kEncodedWidth);
  encoded_shift = place(kEncodedWidth);
  class_weight = place(classes * kEncodedWidth);
  class_bias = place(classes);
  domain_weight = place(domains * kEncodedWidth);
  domain_bias = place(domains);
}

std::vector<float> NetworkLayout::parameters_of(const InitialWeights& weights) const {
  std::vector<float> values(parameters, 0.0F);
  const auto put = [&](const std::vector<float>& from, std::size_t offset) {
    std::copy(from.begin(), from.end(), values.begin() + static_cast<std::ptrdiff_t>(offset));
  };
  const auto put_ones = [&](std::size_t count, std::size_t offset) {
    std::fill_n(values.begin() + static_cast<std::ptrdiff_t>(offset), count, 1.0F);
  };
  put(weights.hidden.weight, hidden_weight);
  put(weights.hidden.bias, hidden_bias);
  put_ones(kHiddenWidth, hidden_scale);
  put(weights.encoded.weight, encoded_weight);
  put(weights.encoded.bias, encoded_bias);
  put_ones(kEncodedWidth, encoded_scale);
  put(weights.class_head.weight, class_weight);
  put(weights.class_head.bias, class_bias);
  if (weights.domain_head) {
    put(weights.domain_head->weight, domain_weight);
    put(weights.domain_head->bias, domain_bias);
  }
  return values;
}

}  // namespace crossfold::train
