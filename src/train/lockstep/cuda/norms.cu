#include "launch.h"

namespace crossfold::train::cuda::gpu {
namespace {

constexpr unsigned kThreads = 64;

/// The unit of this thread; threads of a warp have units that lie side by side. Sums go over the
/// samples in their order.
struct Unit {
  std::size_t place, unit;
  FitPlace fit;
  const float* parameters;
  float* statistics;

  __device__ Unit(const Places& places, const NetworkBank& bank)
      : place(blockIdx.y),
        unit(std::size_t{blockIdx.x} * kThreads + threadIdx.x),
        fit(places.at[blockIdx.y]),
        parameters(bank.parameters + fit.slot * bank.stride),
        statistics(bank.statistics + fit.slot * bank.statistics_stride) {}
};

__global__ void forward(NormPass of) {
  const Unit one(of.places, of.bank);
  const std::size_t units = of.norm.units;
  if (one.unit >= units) return;
  const float* const h = of.rectified + one.place * of.places.capacity * units + one.unit;
  float* const out = of.out + one.fit.output * of.out_stride + one.unit;
  const auto n = static_cast<float>(one.fit.samples);
  float sum = 0;
  for (std::uint32_t i = 0; i < one.fit.samples; ++i) sum += h[i * units];
  const float mean = sum / n;
  float squares = 0;
  for (std::uint32_t i = 0; i < one.fit.samples; ++i) {
    const float x = h[i * units] - mean;
    squares = fmaf(x, x, squares);
  }
  const float inverse_sd = 1 / sqrtf(squares / n + kVarianceEps);
  float& running_mean = one.statistics[of.norm.running_mean + one.unit];
  float& running_variance = one.statistics[of.norm.running_variance + one.unit];
  running_mean += kStatisticsMomentum * (mean - running_mean);
  running_variance += kStatisticsMomentum * (squares / (n - 1) - running_variance);
  of.mean[one.place * units + one.unit] = mean;
  of.inverse_sd[one.place * units + one.unit] = inverse_sd;
  const float scale = one.parameters[of.norm.scale + one.unit] * inverse_sd;
  const float shift = one.parameters[of.norm.shift + one.unit];
  for (std::uint32_t i = 0; i < one.fit.samples; ++i)
    out[i * units] = fmaf(h[i * units] - mean, scale, shift);
}

__global__ void evaluate(NormPass of) {
  const Unit one(of.places, of.bank);
  const std::size_t units = of.norm.units;
  if (one.unit >= units) return;
  const float* const h = of.rectified + one.place * of.places.capacity * units + one.unit;
  float* const out = of.out + one.fit.output * of.out_stride + one.unit;
  const float mean = one.statistics[of.norm.running_mean + one.unit];
  const float variance = one.statistics[of.norm.running_variance + one.unit];
  const float scale = one.parameters[of.norm.scale + one.unit] / sqrtf(variance + kVarianceEps);
  const float shift = one.parameters[of.norm.shift + one.unit];
  for (std::uint32_t i = blockIdx.z; i < one.fit.samples; i += gridDim.z)
    out[i * units] = fmaf(h[i * units] - mean, scale, shift);
}

__global__ void backward(NormBackward of) {
  const Unit one(of.places, of.bank);
  const std::size_t units = of.norm.units;
  if (one.unit >= units) return;
  const std::size_t first = one.place * of.places.capacity * units + one.unit;
  const float* const h = of.rectified + first;
  float* const gradient = of.gradient + first;
  const float mean = of.mean[one.place * units + one.unit];
  const float inverse_sd = of.inverse_sd[one.place * units + one.unit];
  const auto n = static_cast<float>(one.fit.samples);
  float sum = 0, weighted = 0, bias = 0;
  for (std::uint32_t i = 0; i < one.fit.samples; ++i) {
    const float d = gradient[i * units];
    sum += d;
    weighted = fmaf(d, (h[i * units] - mean) * inverse_sd, weighted);
  }
  const float factor = one.parameters[of.norm.scale + one.unit] * inverse_sd;
  const float mean_gradient = sum / n;
  const float slope = weighted / n * inverse_sd;
  for (std::uint32_t i = 0; i < one.fit.samples; ++i) {
    const float x = h[i * units];
    const float d = factor * (gradient[i * units] - mean_gradient - (x - mean) * slope);
    const float rectified = x > 0 ? d : 0.0F;
    gradient[i * units] = rectified;
    bias += rectified;
  }
  float* const gradients = of.gradients + one.place * of.gradient_stride + one.unit;
  gradients[of.bias] = bias;
  gradients[of.scale] = weighted;
  gradients[of.shift] = sum;
}

dim3 grid_of(const Places& places, std::size_t units, unsigned parts) {
  return {static_cast<unsigned>((units + kThreads - 1) / kThreads),
          static_cast<unsigned>(places.count), parts};
}

}  // namespace

void norm_forward(const NormPass& of, cudaStream_t stream) {
  forward<<<grid_of(of.places, of.norm.units, 1), kThreads, 0, stream>>>(of);
  check(cudaGetLastError(), "a batch normalisation");
}

void norm_evaluate(const NormPass& of, cudaStream_t stream) {
  constexpr unsigned kParts = 8;  // no sums: samples in any order
  evaluate<<<grid_of(of.places, of.norm.units, kParts), kThreads, 0, stream>>>(of);
  check(cudaGetLastError(), "a batch normalisation");
}

void norm_backward(const NormBackward& of, cudaStream_t stream) {
  backward<<<grid_of(of.places, of.norm.units, 1), kThreads, 0, stream>>>(of);
  check(cudaGetLastError(), "the gradient of a batch normalisation");
}

}  // namespace crossfold::train::cuda::gpu
