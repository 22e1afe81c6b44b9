#include "cpu_heads.h"

#include <vector>

#include "crossfold/core/error.h"

namespace crossfold::train {

HeadPlace class_head_place(const CpuNetwork& network) {
  return {.weight = network.layout().class_weight,
          .bias = network.layout().class_bias,
          .levels = network.canonical().classes};
}

HeadPlace domain_head_place(const CpuNetwork& network, std::size_t first, std::size_t levels) {
  return {.weight = network.layout().domain_weight + first * kEncodedWidth,
          .bias = network.layout().domain_bias + first,
          .levels = levels};
}

LogisticModel read_head(const CpuNetwork& network, const HeadPlace& place) {
  const float* const weights = network.at(place.weight);
  const float* const biases = network.at(place.bias);
  return {.levels = place.levels,
          .dim = kEncodedWidth,
          .weights = {weights, weights + place.levels * kEncodedWidth},
          .intercepts = {biases, biases + place.levels}};
}

void write_head(CpuNetwork& network, const HeadPlace& place, const LogisticModel& head) {
  CF_EXPECT(head.levels == place.levels && head.dim == kEncodedWidth);
  const auto put = [](const std::vector<double>& from, float* to) {
    for (std::size_t i = 0; i < from.size(); ++i) to[i] = static_cast<float>(from[i]);
  };
  put(head.weights, network.at(place.weight));
  put(head.intercepts, network.at(place.bias));
}

}  // namespace crossfold::train
