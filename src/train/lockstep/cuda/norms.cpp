#include "norms.h"

#include <cmath>

namespace crossfold::train::cuda::twin {
namespace {

/// A unit of a fit of a launch.
struct Unit {
  std::size_t place;
  std::size_t unit;
  std::size_t output;
  std::size_t samples;
  const float* parameters;
  float* statistics;
};

template <class Work>
void each_unit(const Places& places, const NetworkBank& bank, std::size_t units, const Work& work) {
  for (std::size_t place = 0; place < places.count; ++place) {
    const FitPlace& fit = places.at[place];
    for (std::size_t u = 0; u < units; ++u)
      work(Unit{place, u, fit.output, fit.samples, bank.parameters + fit.slot * bank.stride,
                bank.statistics + fit.slot * bank.statistics_stride});
  }
}

}  // namespace

void norm_forward(const NormPass& of) {
  const std::size_t units = of.norm.units;
  each_unit(of.places, of.bank, units, [&](const Unit& one) {
    const float* const h = of.rectified + one.place * of.places.capacity * units + one.unit;
    float* const out = of.out + one.output * of.out_stride + one.unit;
    const auto n = static_cast<double>(one.samples);
    double sum = 0, squares = 0;
    for (std::size_t i = 0; i < one.samples; ++i) sum += h[i * units];
    const double mean = sum / n;
    for (std::size_t i = 0; i < one.samples; ++i)
      squares += (h[i * units] - mean) * (h[i * units] - mean);
    const double inverse_sd = 1 / std::sqrt(squares / n + kVarianceEps);
    float& running_mean = one.statistics[of.norm.running_mean + one.unit];
    float& running_variance = one.statistics[of.norm.running_variance + one.unit];
    running_mean += kStatisticsMomentum * (static_cast<float>(mean) - running_mean);
    running_variance +=
        kStatisticsMomentum * (static_cast<float>(squares / (n - 1)) - running_variance);
    of.mean[one.place * units + one.unit] = static_cast<float>(mean);
    of.inverse_sd[one.place * units + one.unit] = static_cast<float>(inverse_sd);
    const double scale = one.parameters[of.norm.scale + one.unit] * inverse_sd;
    const double shift = one.parameters[of.norm.shift + one.unit];
    for (std::size_t i = 0; i < one.samples; ++i)
      out[i * units] = static_cast<float>((h[i * units] - mean) * scale + shift);
  });
}

void norm_evaluate(const NormPass& of) {
  const std::size_t units = of.norm.units;
  each_unit(of.places, of.bank, units, [&](const Unit& one) {
    const float* const h = of.rectified + one.place * of.places.capacity * units + one.unit;
    float* const out = of.out + one.output * of.out_stride + one.unit;
    const double mean = one.statistics[of.norm.running_mean + one.unit];
    const double variance = one.statistics[of.norm.running_variance + one.unit];
    const double scale =
        one.parameters[of.norm.scale + one.unit] / std::sqrt(variance + kVarianceEps);
    const double shift = one.parameters[of.norm.shift + one.unit];
    for (std::size_t i = 0; i < one.samples; ++i)
      out[i * units] = static_cast<float>((h[i * units] - mean) * scale + shift);
  });
}

void norm_backward(const NormBackward& of) {
  const std::size_t units = of.norm.units;
  each_unit(of.places, of.bank, units, [&](const Unit& one) {
    const std::size_t first = one.place * of.places.capacity * units + one.unit;
    const float* const h = of.rectified + first;
    float* const gradient = of.gradient + first;
    const double mean = of.mean[one.place * units + one.unit];
    const double inverse_sd = of.inverse_sd[one.place * units + one.unit];
    const auto n = static_cast<double>(one.samples);
    double sum = 0, weighted = 0, bias = 0;
    for (std::size_t i = 0; i < one.samples; ++i) {
      sum += gradient[i * units];
      weighted += gradient[i * units] * (h[i * units] - mean) * inverse_sd;
    }
    const double factor = one.parameters[of.norm.scale + one.unit] * inverse_sd;
    for (std::size_t i = 0; i < one.samples; ++i) {
      const double x = h[i * units];
      const double d =
          factor * (gradient[i * units] - sum / n - (x - mean) * inverse_sd * weighted / n);
      gradient[i * units] = x > 0 ? static_cast<float>(d) : 0.0F;
      bias += gradient[i * units];
    }
    float* const gradients = of.gradients + one.place * of.gradient_stride + one.unit;
    gradients[of.bias] = static_cast<float>(bias);
    gradients[of.scale] = static_cast<float>(weighted);
    gradients[of.shift] = static_cast<float>(sum);
  });
}

}  // namespace crossfold::train::cuda::twin
