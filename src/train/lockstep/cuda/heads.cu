#include "launch.h"

namespace crossfold::train::cuda::gpu {
namespace {

constexpr unsigned kThreads = 256;

struct Head {
  const float* weight;
  const float* bias;
  std::size_t levels;
  const std::int32_t* codes;
  const float* features;
  std::size_t samples;
  float factor;
  float* residuals;
  float* feature_gradient;
  float* weight_gradient;
  float* bias_gradient;
};

/// Logits to (softmax - label) / samples; the sample's cross-entropy.
__device__ double residuals_of(const Head& head, std::size_t i) {
  float* const residuals = head.residuals + i * head.levels;
  const float* const x = head.features + i * kFeatures;
  float largest = -INFINITY;
  for (std::size_t k = 0; k < head.levels; ++k) {
    float logit = head.bias[k];
    for (std::size_t u = 0; u < kFeatures; ++u)
      logit = fmaf(head.weight[k * kFeatures + u], x[u], logit);
    residuals[k] = logit;
    largest = fmaxf(largest, logit);
  }
  const auto label = static_cast<std::size_t>(head.codes[i]);
  const double of_label = residuals[label];
  float sum = 0;
  for (std::size_t k = 0; k < head.levels; ++k) {
    residuals[k] = expf(residuals[k] - largest);
    sum += residuals[k];
  }
  const float share = 1 / (sum * static_cast<float>(head.samples));
  for (std::size_t k = 0; k < head.levels; ++k)
    residuals[k] =
        residuals[k] * share - (k == label ? 1 / static_cast<float>(head.samples) : 0.0F);
  // fmaxf passes over NaN: the sum does not.
  return static_cast<double>(largest) + log(static_cast<double>(sum)) - of_label;
}

/// The sum of a number of each thread, in an order that is always the same.
__device__ double sum_of_block(double value) {
  __shared__ double sums[kThreads];
  sums[threadIdx.x] = value;
  __syncthreads();
  for (unsigned half = kThreads / 2; half > 0; half /= 2) {
    if (threadIdx.x < half) sums[threadIdx.x] += sums[threadIdx.x + half];
    __syncthreads();
  }
  const double total = sums[0];
  __syncthreads();
  return total;
}

/// A head by one block of threads; `add`: to what is in feature_gradient.
__device__ double pass(const Head& head, bool add) {
  double loss = 0;
  for (std::size_t i = threadIdx.x; i < head.samples; i += kThreads) loss += residuals_of(head, i);
  loss = sum_of_block(loss);  // the residuals are there for all threads now
  for (std::size_t j = threadIdx.x; j < head.levels * (kFeatures + 1); j += kThreads) {
    const std::size_t k = j / (kFeatures + 1), u = j % (kFeatures + 1);
    float sum = 0;
    for (std::size_t i = 0; i < head.samples; ++i) {
      const float residual = head.residuals[i * head.levels + k];
      sum = u == kFeatures ? sum + residual : fmaf(residual, head.features[i * kFeatures + u], sum);
    }
    if (u == kFeatures)
      head.bias_gradient[k] = sum;
    else
      head.weight_gradient[k * kFeatures + u] = sum;
  }
  for (std::size_t e = threadIdx.x; e < head.samples * kFeatures; e += kThreads) {
    const std::size_t i = e / kFeatures, u = e % kFeatures;
    float sum = 0;
    for (std::size_t k = 0; k < head.levels; ++k)
      sum = fmaf(head.residuals[i * head.levels + k], head.weight[k * kFeatures + u], sum);
    const float before = add ? head.feature_gradient[e] : 0.0F;
    head.feature_gradient[e] = fmaf(head.factor, sum, before);
  }
  return loss / static_cast<double>(head.samples);
}

__global__ void both_heads(HeadPass of) {
  const std::size_t place = blockIdx.x;
  const FitPlace fit = of.places.at[place];
  const HeadsOfFit heads = of.heads[place];
  const std::size_t capacity = of.places.capacity;
  const std::uint64_t row = of.ranges[fit.block].first;
  const float* const slot = of.bank.parameters + fit.slot * of.bank.stride;
  float* const gradients = of.gradients + place * of.gradient_stride;
  Head head{slot + of.class_weight,
            slot + of.class_bias,
            of.class_levels,
            of.classes + row,
            of.features + place * capacity * kFeatures,
            fit.samples,
            1.0F,
            of.residuals + 2 * place * capacity * of.most_levels,
            of.feature_gradient + place * capacity * kFeatures,
            gradients + (of.class_weight - of.gradient_offset),
            gradients + (of.class_bias - of.gradient_offset)};
  const double of_classes = pass(head, false);
  double of_domains = 0;
  if (heads.domains > 0) {
    head.weight = slot + of.domain_weight;
    head.bias = slot + of.domain_bias;
    head.levels = heads.domains;
    head.codes = of.domains + row;
    head.factor = -heads.lambda;  // gradient reversal
    head.residuals += capacity * of.most_levels;
    head.weight_gradient = gradients + (of.domain_weight - of.gradient_offset);
    head.bias_gradient = gradients + (of.domain_bias - of.gradient_offset);
    of_domains = pass(head, true);
  }
  if (threadIdx.x > 0) return;
  of.losses[2 * place] = of_classes;
  of.losses[2 * place + 1] = of_domains;
}

}  // namespace

void heads(const HeadPass& of, cudaStream_t stream) {
  both_heads<<<static_cast<unsigned>(of.places.count), kThreads, 0, stream>>>(of);
  check(cudaGetLastError(), "the heads");
}

}  // namespace crossfold::train::cuda::gpu
