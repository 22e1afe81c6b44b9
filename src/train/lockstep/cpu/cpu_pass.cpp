#include "cpu_pass.h"

#include <algorithm>

namespace crossfold::train {
namespace {

constexpr std::size_t kHiddenPanels = kHiddenWidth / kPanel;
constexpr std::size_t kEncodedPanels = kEncodedWidth / kPanel;

/// Panels [2][rows][32] to [64, samples].
void to_features(const AlignedFloats& panels, std::size_t rows, std::size_t samples,
                 AlignedFloats& features) {
  for (std::size_t unit = 0; unit < kEncodedWidth; ++unit) {
    const float* from = panels.data() + unit / kPanel * rows * kPanel + unit % kPanel;
    for (std::size_t i = 0; i < samples; ++i) features[unit * samples + i] = from[i * kPanel];
  }
}

/// And back; the rows beyond the samples stay as they are.
void to_panels(const AlignedFloats& features, std::size_t rows, std::size_t samples,
               AlignedFloats& panels) {
  for (std::size_t unit = 0; unit < kEncodedWidth; ++unit) {
    float* const to = panels.data() + unit / kPanel * rows * kPanel + unit % kPanel;
    for (std::size_t i = 0; i < samples; ++i) to[i * kPanel] = features[unit * samples + i];
  }
}

/// W2 as the gradient of the hidden layer's output needs it: [8 panels of inputs][64][32].
void transpose_encoded_weight(const CpuNetwork& network, AlignedFloats& out) {
  for (std::size_t unit = 0; unit < kEncodedWidth; ++unit) {
    const float* const from =
        network.at(network.layout().encoded_panel(unit / kPanel)) + unit % kPanel;
    for (std::size_t input = 0; input < kHiddenWidth; ++input)
      out[(input / kPanel * kEncodedWidth + unit) * kPanel + input % kPanel] = from[input * kPanel];
  }
}

const std::int32_t* codes_at(std::span<const std::int64_t> places,
                             std::span<const std::int32_t> codes, std::vector<std::int32_t>& out) {
  for (std::size_t i = 0; i < places.size(); ++i)
    out[i] = codes[static_cast<std::size_t>(places[i])];
  return out.data();
}

/// The samples' parts of all weights of the batch; nullptr where all are alike.
const float* shares_at(std::span<const std::int64_t> places, std::span<const float> weights,
                       AlignedFloats& out) {
  if (weights.empty()) return nullptr;
  double sum = 0;
  for (const std::int64_t place : places)
    sum += static_cast<double>(weights[static_cast<std::size_t>(place)]);
  for (std::size_t i = 0; i < places.size(); ++i) {
    const auto weight = static_cast<double>(weights[static_cast<std::size_t>(places[i])]);
    out[i] = sum > 0 ? static_cast<float>(weight / sum) : 0.0F;
  }
  return out.data();
}

/// Where the gradient of the parameter at `offset` is.
float* gradient_at(AlignedFloats& gradient, const PanelLayout& at, std::size_t offset) {
  return gradient.data() + (offset - at.rest);
}

}  // namespace

CpuPass::Workspace::Workspace(std::size_t samples, std::size_t all_rows)
    : rows(all_rows),
      hidden(kHiddenWidth * rows),
      hidden_normed(kHiddenWidth * rows),
      encoded(kEncodedWidth * rows),
      encoded_normed(kEncodedWidth * rows),
      encoded_gradient(kEncodedWidth * rows),
      features(kEncodedWidth * samples),
      feature_gradient(kEncodedWidth * samples),
      codes(samples),
      shares(samples) {}

std::vector<double> CpuPass::step(CpuNetwork& network, SampleBlock& batch,
                                  std::span<const std::int64_t> places,
                                  std::span<const HeadTarget> heads, double learning_rate) {
  const PanelLayout& at = network.layout();
  const std::size_t samples = places.size();
  Workspace& work = workspace(samples);
  work.gradient.resize(std::max(work.gradient.size(), at.size - at.rest));

  hidden_products(network, batch, work.hidden.data());
  kernels_.relu_norm(work.hidden.data(), work.hidden_normed.data(), kHiddenWidth, work.rows,
                     samples, network.at(at.hidden_bias), hidden_norm(network, work));
  encoded_products(network, work.rows, work.hidden_normed.data(), work.encoded.data());
  kernels_.relu_norm(work.encoded.data(), work.encoded_normed.data(), kEncodedWidth, work.rows,
                     samples, network.at(at.encoded_bias), encoded_norm(network, work));
  to_features(work.encoded_normed, work.rows, samples, work.features);
  std::fill(work.feature_gradient.begin(), work.feature_gradient.end(), 0.0F);
  std::vector<double> losses;
  losses.reserve(heads.size());
  for (const HeadTarget& head : heads) losses.push_back(pass_head(network, head, work, places));
  to_panels(work.feature_gradient, work.rows, samples, work.encoded_gradient);
  backward_and_update(network, batch, work, network.next_step(learning_rate));
  return losses;
}

void CpuPass::encode(CpuNetwork& network, SampleBlock& block, float* out) {
  const PanelLayout& at = network.layout();
  Workspace& work = workspace(block.samples());
  hidden_products(network, block, work.hidden.data());
  kernels_.relu_norm_evaluate(work.hidden.data(), kHiddenWidth, work.rows,
                              network.at(at.hidden_bias), hidden_norm(network, work));
  encoded_products(network, work.rows, work.hidden.data(), work.encoded.data());
  kernels_.relu_norm_evaluate(work.encoded.data(), kEncodedWidth, work.rows,
                              network.at(at.encoded_bias), encoded_norm(network, work));
  for (std::size_t i = 0; i < block.samples(); ++i)
    for (std::size_t panel = 0; panel < kEncodedPanels; ++panel)
      std::copy_n(work.encoded.data() + (panel * work.rows + i) * kPanel, kPanel,
                  out + i * kEncodedWidth + panel * kPanel);
}

CpuPass::Workspace& CpuPass::workspace(std::size_t samples) {
  const auto known = workspaces_.find(samples);
  if (known != workspaces_.end()) return known->second;
  return workspaces_.emplace(samples, Workspace(samples, SampleBlock::round_up(samples)))
      .first->second;
}

NormUnits CpuPass::hidden_norm(CpuNetwork& network, Workspace& work) {
  return {.scale = network.at(network.layout().hidden_scale),
          .shift = network.at(network.layout().hidden_shift),
          .running_mean = network.statistics() + NetworkLayout::kHiddenMean,
          .running_variance = network.statistics() + NetworkLayout::kHiddenVariance,
          .mean = work.mean.data(),
          .inverse_sd = work.inverse_sd.data()};
}

NormUnits CpuPass::encoded_norm(CpuNetwork& network, Workspace& work) {
  return {.scale = network.at(network.layout().encoded_scale),
          .shift = network.at(network.layout().encoded_shift),
          .running_mean = network.statistics() + NetworkLayout::kEncodedMean,
          .running_variance = network.statistics() + NetworkLayout::kEncodedVariance,
          .mean = work.mean.data() + kHiddenWidth,
          .inverse_sd = work.inverse_sd.data() + kHiddenWidth};
}

void CpuPass::hidden_products(const CpuNetwork& network, SampleBlock& block, float* hidden) {
  block.forward(network.at(network.layout().hidden_weight), kHiddenPanels, hidden);
}

void CpuPass::encoded_products(const CpuNetwork& network, std::size_t rows, const float* hidden,
                               float* encoded) const {
  for (std::size_t panel = 0; panel < kEncodedPanels; ++panel)
    kernels_.product({.a = hidden,
                      .row_stride = kPanel,
                      .block = kPanel,
                      .block_stride = rows * kPanel,
                      .k = kHiddenWidth,
                      .b = network.at(network.layout().encoded_panel(panel)),
                      .out = encoded + panel * rows * kPanel,
                      .rows = rows});
}

double CpuPass::pass_head(const CpuNetwork& network, const HeadTarget& head, Workspace& work,
                          std::span<const std::int64_t> places) const {
  const PanelLayout& at = network.layout();
  work.residuals.resize(std::max(work.residuals.size(), head.place.levels * places.size()));
  const float* const shares = shares_at(places, head.weights, work.shares);
  const double sum =
      kernels_.head({.width = kEncodedWidth,
                     .levels = head.place.levels,
                     .samples = places.size(),
                     .weight = network.at(head.place.weight),
                     .bias = network.at(head.place.bias),
                     .features = work.features.data(),
                     .codes = codes_at(places, head.codes, work.codes),
                     .shares = shares,
                     .factor = head.factor,
                     .residuals = work.residuals.data(),
                     .feature_gradient = work.feature_gradient.data(),
                     .weight_gradient = gradient_at(work.gradient, at, head.place.weight),
                     .bias_gradient = gradient_at(work.gradient, at, head.place.bias)});
  return shares == nullptr ? sum / static_cast<double>(places.size()) : sum;
}

void CpuPass::backward_and_update(CpuNetwork& network, SampleBlock& batch, Workspace& work,
                                  const AdamStep& step) const {
  const PanelLayout& at = network.layout();
  const std::size_t samples = batch.samples();
  kernels_.relu_norm_backward(work.encoded.data(), work.encoded_gradient.data(), kEncodedWidth,
                              work.rows, samples, encoded_norm(network, work),
                              {.bias = gradient_at(work.gradient, at, at.encoded_bias),
                               .scale = gradient_at(work.gradient, at, at.encoded_scale),
                               .shift = gradient_at(work.gradient, at, at.encoded_shift)});
  transpose_encoded_weight(network, work.encoded_transposed);
  update_encoded_weight(network, work, samples, step);
  float* const hidden_gradient = work.hidden_normed.data();  // its values have served
  for (std::size_t panel = 0; panel < kHiddenPanels; ++panel)
    kernels_.product({.a = work.encoded_gradient.data(),
                      .row_stride = kPanel,
                      .block = kPanel,
                      .block_stride = work.rows * kPanel,
                      .k = kEncodedWidth,
                      .b = work.encoded_transposed.data() + panel * kEncodedWidth * kPanel,
                      .out = hidden_gradient + panel * work.rows * kPanel,
                      .rows = work.rows});
  kernels_.relu_norm_backward(work.hidden.data(), hidden_gradient, kHiddenWidth, work.rows, samples,
                              hidden_norm(network, work),
                              {.bias = gradient_at(work.gradient, at, at.hidden_bias),
                               .scale = gradient_at(work.gradient, at, at.hidden_scale),
                               .shift = gradient_at(work.gradient, at, at.hidden_shift)});
  batch.gradient_step(hidden_gradient, kHiddenPanels, network.adam_state(at.hidden_weight), step);
  kernels_.adamw(network.adam_state(at.rest), work.gradient.data(), network.moved() - at.rest,
                 step);
}

void CpuPass::update_encoded_weight(CpuNetwork& network, const Workspace& work, std::size_t samples,
                                    const AdamStep& step) const {
  constexpr std::size_t kTiles = kPanel / kTile;  // of a panel of inputs
  for (std::size_t panel = 0; panel < kEncodedPanels; ++panel) {
    for (std::size_t inputs = 0; inputs < kHiddenPanels; ++inputs)
      kernels_.gradient_step(
          {.x = work.hidden_normed.data() + inputs * work.rows * kPanel,
           .tile_stride = kTile,
           .sample_stride = kPanel,
           .samples = samples,
           .d = work.encoded_gradient.data() + panel * work.rows * kPanel,
           .tiles = kTiles},
          network.adam_state(network.layout().encoded_panel(panel) + inputs * kPanel * kPanel),
          step);
  }
}

}  // namespace crossfold::train
