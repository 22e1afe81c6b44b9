#include "heads.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "twin_views.h"

namespace crossfold::train::cuda::twin {
namespace {

/// One head of one fit.
struct Head {
  std::span<const float> weight;  ///< [levels, 64]
  std::span<const float> bias;
  std::size_t levels;
  std::span<const std::int32_t> codes;  ///< [samples]
  std::span<const float> features;      ///< [capacity, 64]
  std::size_t samples;
  float factor;                ///< of the gradient that goes on to the features
  std::span<float> residuals;  ///< [capacity, levels] of them are used
  std::span<float> feature_gradient;
  std::span<float> weight_gradient;
  std::span<float> bias_gradient;
};

/// Logits to (softmax - label) / samples; the sample's cross-entropy.
double residuals_of(const Head& head, std::size_t i) {
  const std::span residuals = head.residuals.subspan(i * head.levels, head.levels);
  double largest = -HUGE_VAL, sum = 0;
  for (std::size_t k = 0; k < head.levels; ++k) {
    double logit = head.bias[k];
    for (std::size_t u = 0; u < kFeatures; ++u)
      logit +=
          static_cast<double>(head.weight[k * kFeatures + u]) * head.features[i * kFeatures + u];
    residuals[k] = static_cast<float>(logit);
    largest = std::max<double>(largest, residuals[k]);
  }
  const auto label = static_cast<std::size_t>(head.codes[i]);
  const double of_label = residuals[label];
  for (std::size_t k = 0; k < head.levels; ++k) sum += std::exp(residuals[k] - largest);
  const auto n = static_cast<double>(head.samples);
  for (std::size_t k = 0; k < head.levels; ++k)
    residuals[k] =
        static_cast<float>((std::exp(residuals[k] - largest) / sum - (k == label ? 1.0 : 0.0)) / n);
  return largest + std::log(sum) - of_label;
}

double pass(const Head& head) {
  double loss = 0;
  for (std::size_t i = 0; i < head.samples; ++i) loss += residuals_of(head, i);
  for (std::size_t k = 0; k < head.levels; ++k) {
    double bias = 0;
    for (std::size_t i = 0; i < head.samples; ++i) bias += head.residuals[i * head.levels + k];
    head.bias_gradient[k] = static_cast<float>(bias);
    for (std::size_t u = 0; u < kFeatures; ++u) {
      double sum = 0;
      for (std::size_t i = 0; i < head.samples; ++i)
        sum += static_cast<double>(head.residuals[i * head.levels + k]) *
               head.features[i * kFeatures + u];
      head.weight_gradient[k * kFeatures + u] = static_cast<float>(sum);
    }
  }
  for (std::size_t i = 0; i < head.samples; ++i) {
    for (std::size_t u = 0; u < kFeatures; ++u) {
      double sum = 0;
      for (std::size_t k = 0; k < head.levels; ++k)
        sum += static_cast<double>(head.residuals[i * head.levels + k]) *
               head.weight[k * kFeatures + u];
      head.feature_gradient[i * kFeatures + u] += static_cast<float>(head.factor * sum);
    }
  }
  return loss / static_cast<double>(head.samples);
}

}  // namespace

void heads(const HeadPass& of) {
  for (std::size_t place = 0; place < of.places.count; ++place) {
    const FitPlace& fit = all_of(of.places)[place];
    const std::size_t capacity = of.places.capacity;
    const std::uint64_t row = of.ranges[fit.block].first;
    const std::span<const float> slot = entry_of(of.bank.parameters, fit.slot, of.bank.stride);
    const std::span gradients = entry_of(of.gradients, place, of.gradient_stride);
    const std::span losses = entry_of(of.losses, place, 2);
    const std::span feature_gradient = entry_of(of.feature_gradient, place, capacity * kFeatures);
    std::fill_n(feature_gradient.begin(), fit.samples * kFeatures, 0.0F);
    const auto head_of = [&](std::size_t weight, std::size_t bias, std::size_t levels) {
      return Head{
          .weight = slot.subspan(weight, levels * kFeatures),
          .bias = slot.subspan(bias, levels),
          .levels = levels,
          .codes = {},
          .features = entry_of(of.features, place, capacity * kFeatures),
          .samples = fit.samples,
          .factor = 1,
          .residuals = {},
          .feature_gradient = feature_gradient,
          .weight_gradient = gradients.subspan(weight - of.gradient_offset, levels * kFeatures),
          .bias_gradient = gradients.subspan(bias - of.gradient_offset, levels)};
    };
    Head of_class = head_of(of.class_weight, of.class_bias, of.class_levels);
    of_class.codes = {of.classes + row, fit.samples};
    of_class.residuals = entry_of(of.residuals, 2 * place, capacity * of.most_levels);
    losses[0] = pass(of_class);
    losses[1] = 0;
    const HeadsOfFit& heads = of.heads[place];
    if (heads.domains == 0) continue;
    Head of_domain = head_of(of.domain_weight, of.domain_bias, heads.domains);
    of_domain.codes = {of.domains + row, fit.samples};
    of_domain.residuals = entry_of(of.residuals, 2 * place + 1, capacity * of.most_levels);
    of_domain.factor = -heads.lambda;  // gradient reversal
    losses[1] = pass(of_domain);
  }
}

}  // namespace crossfold::train::cuda::twin
