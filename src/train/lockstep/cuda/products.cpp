#include "products.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "twin_views.h"

namespace crossfold::train::cuda::twin {
namespace {

/// [capacity, inputs] of a fit.
std::span<const float> input_of(const LayerInput& input, const Places& places, std::size_t place,
                                std::size_t inputs) {
  const std::size_t index = input.of_block ? all_of(places)[place].block : place;
  return entry_of(input.values, index, places.capacity * inputs);
}

/// A fit's parameters and moments.
struct Slot {
  Slot(const NetworkBank& bank, const FitPlace& fit)
      : parameters(entry_of(bank.parameters, fit.slot, bank.stride)),
        first(entry_of(bank.first, fit.slot, bank.stride)),
        second(entry_of(bank.second, fit.slot, bank.stride)),
        largest_second(entry_of(bank.largest_second, fit.slot, bank.stride)) {}

  void move(std::size_t at, float gradient, const AdamNumbers& step) const {
    first[at] = first[at] * kFirstDecay + gradient * (1 - kFirstDecay);
    second[at] = second[at] * kSecondDecay + gradient * gradient * (1 - kSecondDecay);
    largest_second[at] = std::max(largest_second[at], second[at]);
    parameters[at] = parameters[at] * step.keep -
                     step.rate * first[at] /
                         (std::sqrt(largest_second[at]) * step.inverse_correction + kStepEps);
  }

  std::span<float> parameters, first, second, largest_second;
};

}  // namespace

void forward_product(const ForwardProduct& of) {
  const auto& [weight, bias, inputs, units] = of.layer;
  for (std::size_t place = 0; place < of.places.count; ++place) {
    const FitPlace& fit = all_of(of.places)[place];
    const std::span<const float> slot = entry_of(of.bank.parameters, fit.slot, of.bank.stride);
    const std::span x = input_of(of.input, of.places, place, inputs);
    const std::span out = entry_of(of.out, place, of.places.capacity * units);
    for (std::size_t i = 0; i < fit.samples; ++i) {
      for (std::size_t u = 0; u < units; ++u) {
        double sum = 0;
        for (std::size_t d = 0; d < inputs; ++d)
          sum += static_cast<double>(x[i * inputs + d]) * slot[weight + u * inputs + d];
        out[i * units + u] = std::max(static_cast<float>(sum) + slot[bias + u], 0.0F);
      }
    }
  }
}

void backward_product(const BackwardProduct& of) {
  const auto& [weight, bias, inputs, units] = of.layer;
  for (std::size_t place = 0; place < of.places.count; ++place) {
    const FitPlace& fit = all_of(of.places)[place];
    const std::span<const float> slot = entry_of(of.bank.parameters, fit.slot, of.bank.stride);
    const std::span gradient = entry_of(of.gradient, place, of.places.capacity * units);
    const std::span out = entry_of(of.out, place, of.places.capacity * inputs);
    for (std::size_t i = 0; i < fit.samples; ++i) {
      for (std::size_t d = 0; d < inputs; ++d) {
        double sum = 0;
        for (std::size_t u = 0; u < units; ++u)
          sum += static_cast<double>(gradient[i * units + u]) * slot[weight + u * inputs + d];
        out[i * inputs + d] = static_cast<float>(sum);
      }
    }
  }
}

void gradient_step(const GradientStep& of) {
  const auto& [weight, bias, inputs, units] = of.layer;
  for (std::size_t place = 0; place < of.places.count; ++place) {
    const FitPlace& fit = all_of(of.places)[place];
    const Slot slot(of.bank, fit);
    const std::span x = input_of(of.input, of.places, place, inputs);
    const std::span gradient = entry_of(of.gradient, place, of.places.capacity * units);
    const AdamNumbers& step = entry_of(of.steps, 0, of.places.count)[place];
    for (std::size_t u = 0; u < units; ++u) {
      for (std::size_t d = 0; d < inputs; ++d) {
        double sum = 0;
        for (std::size_t i = 0; i < fit.samples; ++i)
          sum += static_cast<double>(gradient[i * units + u]) * x[i * inputs + d];
        slot.move(weight + u * inputs + d, static_cast<float>(sum), step);
      }
    }
  }
}

void adam_range(const AdamRange& of) {
  for (std::size_t place = 0; place < of.places.count; ++place) {
    const Slot slot(of.bank, all_of(of.places)[place]);
    const std::span gradients = std::span(of.gradients + place * of.gradient_stride, of.most);
    const AdamNumbers& step = entry_of(of.steps, 0, of.places.count)[place];
    for (std::size_t j = 0; j < of.moved[place]; ++j) slot.move(of.offset + j, gradients[j], step);
  }
}

}  // namespace crossfold::train::cuda::twin
