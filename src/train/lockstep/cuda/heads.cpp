#include "heads.h"

#include <algorithm>
#include <cmath>

namespace crossfold::train::cuda::twin {
namespace {

/// One head of one fit.
struct Head {
  const float* weight;  ///< [levels, 64]
  const float* bias;
  std::size_t levels;
  const std::int32_t* codes;
  const float* features;  ///< [samples, 64]
  std::size_t samples;
  float factor;  ///< of the gradient that goes on to the features
  float* residuals;
  float* feature_gradient;
  float* weight_gradient;
  float* bias_gradient;
};

/// Logits to (softmax - label) / samples; the sample's cross-entropy.
double residuals_of(const Head& head, std::size_t i) {
  float* const residuals = head.residuals + i * head.levels;
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
    const FitPlace& fit = of.places.at[place];
    const std::size_t capacity = of.places.capacity;
    const std::uint64_t row = of.ranges[fit.block].first;
    const float* const slot = of.bank.parameters + fit.slot * of.bank.stride;
    const auto gradient_at = [&](std::size_t offset) {
      return of.gradients + place * of.gradient_stride + (offset - of.gradient_offset);
    };
    float* const feature_gradient = of.feature_gradient + place * capacity * kFeatures;
    std::fill_n(feature_gradient, fit.samples * kFeatures, 0.0F);
    Head head{.weight = slot + of.class_weight,
              .bias = slot + of.class_bias,
              .levels = of.class_levels,
              .codes = of.classes + row,
              .features = of.features + place * capacity * kFeatures,
              .samples = fit.samples,
              .factor = 1,
              .residuals = of.residuals + 2 * place * capacity * of.most_levels,
              .feature_gradient = feature_gradient,
              .weight_gradient = gradient_at(of.class_weight),
              .bias_gradient = gradient_at(of.class_bias)};
    of.losses[2 * place] = pass(head);
    of.losses[2 * place + 1] = 0;
    const HeadsOfFit& heads = of.heads[place];
    if (heads.domains == 0) continue;
    head.weight = slot + of.domain_weight;
    head.bias = slot + of.domain_bias;
    head.levels = heads.domains;
    head.codes = of.domains + row;
    head.factor = -heads.lambda;  // gradient reversal
    head.residuals += capacity * of.most_levels;
    head.weight_gradient = gradient_at(of.domain_weight);
    head.bias_gradient = gradient_at(of.domain_bias);
    of.losses[2 * place + 1] = pass(head);
  }
}

}  // namespace crossfold::train::cuda::twin
