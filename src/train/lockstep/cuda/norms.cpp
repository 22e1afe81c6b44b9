#include "norms.h"

#include <cmath>
#include <span>

#include "twin_views.h"

namespace crossfold::train::cuda::twin {
namespace {

/// A unit of a fit of a launch.
struct Unit {
  std::size_t place;
  std::size_t unit;
  std::size_t output;
  std::size_t samples;
  std::span<const float> parameters;
  std::span<float> statistics;
};

/// A unit's numbers in an entry of an array [entries, count] whose rows have `units` numbers.
template <class T>
class Column {
 public:
  Column(T* array, std::size_t entry, std::size_t count, std::size_t units, std::size_t unit)
      : entry_(entry_of(array, entry, count)), units_(units), unit_(unit) {}
  T& operator[](std::size_t row) const { return entry_[row * units_ + unit_]; }

 private:
  std::span<T> entry_;
  std::size_t units_, unit_;
};

template <class Work>
void each_unit(const Places& places, const NetworkBank& bank, std::size_t units, const Work& work) {
  for (std::size_t place = 0; place < places.count; ++place) {
    const FitPlace& fit = all_of(places)[place];
    for (std::size_t u = 0; u < units; ++u)
      work(Unit{place, u, fit.output, fit.samples,
                entry_of<const float>(bank.parameters, fit.slot, bank.stride),
                entry_of(bank.statistics, fit.slot, bank.statistics_stride)});
  }
}

}  // namespace

void norm_forward(const NormPass& of) {
  const std::size_t units = of.norm.units;
  each_unit(of.places, of.bank, units, [&](const Unit& one) {
    const Column h(of.rectified, one.place, of.places.capacity * units, units, one.unit);
    const Column out(of.out, one.output, of.out_stride, units, one.unit);
    const auto n = static_cast<double>(one.samples);
    double sum = 0, squares = 0;
    for (std::size_t i = 0; i < one.samples; ++i) sum += h[i];
    const double mean = sum / n;
    for (std::size_t i = 0; i < one.samples; ++i) squares += (h[i] - mean) * (h[i] - mean);
    const double inverse_sd = 1 / std::sqrt(squares / n + kVarianceEps);
    float& running_mean = one.statistics[of.norm.running_mean + one.unit];
    float& running_variance = one.statistics[of.norm.running_variance + one.unit];
    running_mean += kStatisticsMomentum * (static_cast<float>(mean) - running_mean);
    running_variance +=
        kStatisticsMomentum * (static_cast<float>(squares / (n - 1)) - running_variance);
    entry_of(of.mean, one.place, units)[one.unit] = static_cast<float>(mean);
    entry_of(of.inverse_sd, one.place, units)[one.unit] = static_cast<float>(inverse_sd);
    const double scale = one.parameters[of.norm.scale + one.unit] * inverse_sd;
    const double shift = one.parameters[of.norm.shift + one.unit];
    for (std::size_t i = 0; i < one.samples; ++i)
      out[i] = static_cast<float>((h[i] - mean) * scale + shift);
  });
}

void norm_evaluate(const NormPass& of) {
  const std::size_t units = of.norm.units;
  each_unit(of.places, of.bank, units, [&](const Unit& one) {
    const Column h(of.rectified, one.place, of.places.capacity * units, units, one.unit);
    const Column out(of.out, one.output, of.out_stride, units, one.unit);
    const double mean = one.statistics[of.norm.running_mean + one.unit];
    const double variance = one.statistics[of.norm.running_variance + one.unit];
    const double scale =
        one.parameters[of.norm.scale + one.unit] / std::sqrt(variance + kVarianceEps);
    const double shift = one.parameters[of.norm.shift + one.unit];
    for (std::size_t i = 0; i < one.samples; ++i)
      out[i] = static_cast<float>((h[i] - mean) * scale + shift);
  });
}

void norm_backward(const NormBackward& of) {
  const std::size_t units = of.norm.units;
  each_unit(of.places, of.bank, units, [&](const Unit& one) {
    const Column h(of.rectified, one.place, of.places.capacity * units, units, one.unit);
    const Column gradient(of.gradient, one.place, of.places.capacity * units, units, one.unit);
    const double mean = entry_of(of.mean, one.place, units)[one.unit];
    const double inverse_sd = entry_of(of.inverse_sd, one.place, units)[one.unit];
    const auto n = static_cast<double>(one.samples);
    double sum = 0, weighted = 0, bias = 0;
    for (std::size_t i = 0; i < one.samples; ++i) {
      sum += gradient[i];
      weighted += gradient[i] * (h[i] - mean) * inverse_sd;
    }
    const double factor = one.parameters[of.norm.scale + one.unit] * inverse_sd;
    for (std::size_t i = 0; i < one.samples; ++i) {
      const double x = h[i];
      const double d = factor * (gradient[i] - sum / n - (x - mean) * inverse_sd * weighted / n);
      gradient[i] = x > 0 ? static_cast<float>(d) : 0.0F;
      bias += gradient[i];
    }
    const std::span gradients = entry_of(of.gradients, one.place, of.gradient_stride);
    gradients[of.bias + one.unit] = static_cast<float>(bias);
    gradients[of.scale + one.unit] = static_cast<float>(weighted);
    gradients[of.shift + one.unit] = static_cast<float>(sum);
  });
}

}  // namespace crossfold::train::cuda::twin
