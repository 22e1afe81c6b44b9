#include "cpu_network.h"

#include <algorithm>
#include <cmath>

#include "sample_block.h"

namespace crossfold::train {
namespace {

constexpr std::size_t kLine = 16;  // floats

/// move(canonical place, panel place) for every number of a layer's weights [units, inputs], whose
/// panels hold `rows` rows.
template <class Move>
void each_weight(std::size_t canonical, std::size_t panels, std::size_t units, std::size_t inputs,
                 std::size_t rows, const Move& move) {
  for (std::size_t unit = 0; unit < units; ++unit) {
    const std::size_t panel = panels + unit / kPanel * rows * kPanel + unit % kPanel;
    for (std::size_t input = 0; input < inputs; ++input)
      move(canonical + unit * inputs + input, panel + input * kPanel);
  }
}

/// move(canonical place, panel place) for every parameter.
template <class Move>
void each_parameter(const NetworkLayout& from, const PanelLayout& to, const Move& move) {
  each_weight(from.hidden_weight, to.hidden_weight, kHiddenWidth, from.dim, to.inputs, move);
  each_weight(from.encoded_weight, to.encoded_weight, kEncodedWidth, kHiddenWidth, kHiddenWidth,
              move);
  const auto move_all = [&](std::size_t canonical, std::size_t panel, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) move(canonical + i, panel + i);
  };
  move_all(from.hidden_bias, to.hidden_bias, 3 * kHiddenWidth);
  move_all(from.encoded_bias, to.encoded_bias, from.parameters - from.encoded_bias);
}

}  // namespace

PanelLayout::PanelLayout(const NetworkLayout& canonical)
    : inputs(SampleBlock::round_up(canonical.dim)) {
  const auto place = [this](std::size_t count) {
    const std::size_t offset = size;
    size += count;
    return offset;
  };
  hidden_weight = place(kHiddenWidth * inputs);
  encoded_weight = place(kEncodedWidth * kHiddenWidth);
  rest = size;
  hidden_bias = place(kHiddenWidth);
  hidden_scale = place(kHiddenWidth);
  hidden_shift = place(kHiddenWidth);
  encoded_bias = place(kEncodedWidth);
  encoded_scale = place(kEncodedWidth);
  encoded_shift = place(kEncodedWidth);
  class_weight = place(canonical.classes * kEncodedWidth);
  class_bias = place(canonical.classes);
  domain_weight = place(canonical.domains * kEncodedWidth);
  domain_bias = place(canonical.domains);
  size = (size + kLine - 1) / kLine * kLine;  // the moments behind each other keep their alignment
}

CpuNetwork::CpuNetwork(const NetworkLayout& canonical, const FitNetwork& network)
    : canonical_(canonical),
      layout_(canonical),
      parameters_(layout_.size),
      statistics_(NetworkLayout::kStatistics),
      moments_(3 * layout_.size),
      weight_decay_(network.weight_decay),
      moved_(network.domain_head == HeadUpdate::optimiser ? layout_.domain_bias + canonical.domains
                                                          : layout_.domain_weight) {
  take_parameters(canonical.parameters_of(*network.weights));
  std::fill_n(statistics_.begin() + NetworkLayout::kHiddenVariance, kHiddenWidth, 1.0F);
  std::fill_n(statistics_.begin() + NetworkLayout::kEncodedVariance, kEncodedWidth, 1.0F);
}

AdamState CpuNetwork::adam_state(std::size_t offset) {
  float* const first = moments_.data() + offset;
  return {.parameters = at(offset),
          .first = first,
          .second = first + layout_.size,
          .largest_second = first + 2 * layout_.size};
}

AdamStep CpuNetwork::next_step(double learning_rate) {
  first_power_ *= kBeta1;
  second_power_ *= kBeta2;
  return {.keep = static_cast<float>(1 - learning_rate * weight_decay_),
          .rate = static_cast<float>(learning_rate / (1 - first_power_)),
          .inverse_correction = static_cast<float>(1 / std::sqrt(1 - second_power_))};
}

std::vector<float> CpuNetwork::canonical_parameters() const {
  return to_canonical(parameters_.data());
}

std::vector<float> CpuNetwork::canonical_gradient_means() const {
  return to_canonical(moments_.data());
}

std::vector<float> CpuNetwork::snapshot() const {
  std::vector<float> values = canonical_parameters();
  values.insert(values.end(), statistics_.begin(), statistics_.end());
  return values;
}

void CpuNetwork::restore(std::span<const float> snapshot) {
  take_parameters(snapshot.first(canonical_.parameters));
  const auto statistics = snapshot.subspan(canonical_.parameters);
  std::copy(statistics.begin(), statistics.end(), statistics_.begin());
}

void CpuNetwork::take_parameters(std::span<const float> canonical) {
  each_parameter(canonical_, layout_,
                 [&](std::size_t from, std::size_t to) { parameters_[to] = canonical[from]; });
}

std::vector<float> CpuNetwork::to_canonical(const float* values) const {
  std::vector<float> canonical(canonical_.parameters);
  each_parameter(canonical_, layout_,
                 [&](std::size_t to, std::size_t from) { canonical[to] = values[from]; });
  return canonical;
}

}  // namespace crossfold::train
