#include "products.h"

#include <algorithm>
#include <cmath>

namespace crossfold::train::cuda::twin {
namespace {

const float* input_of(const LayerInput& input, const Places& places, std::size_t place,
                      std::size_t inputs) {
  const std::size_t index = input.of_block ? places.at[place].block : place;
  return input.values + index * places.capacity * inputs;
}

void move(const NetworkBank& bank, std::size_t at, float gradient, const AdamNumbers& step) {
  float& first = bank.first[at];
  float& second = bank.second[at];
  float& largest = bank.largest_second[at];
  first = first * kFirstDecay + gradient * (1 - kFirstDecay);
  second = second * kSecondDecay + gradient * gradient * (1 - kSecondDecay);
  largest = std::max(largest, second);
  float& parameter = bank.parameters[at];
  parameter = parameter * step.keep -
              step.rate * first / (std::sqrt(largest) * step.inverse_correction + kStepEps);
}

}  // namespace

void forward_product(const ForwardProduct& of) {
  const auto& [weight, bias, inputs, units] = of.layer;
  for (std::size_t place = 0; place < of.places.count; ++place) {
    const FitPlace& fit = of.places.at[place];
    const float* const slot = of.bank.parameters + fit.slot * of.bank.stride;
    const float* const x = input_of(of.input, of.places, place, inputs);
    float* const out = of.out + place * of.places.capacity * units;
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
    const FitPlace& fit = of.places.at[place];
    const float* const slot = of.bank.parameters + fit.slot * of.bank.stride;
    const float* const gradient = of.gradient + place * of.places.capacity * units;
    float* const out = of.out + place * of.places.capacity * inputs;
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
    const FitPlace& fit = of.places.at[place];
    const float* const x = input_of(of.input, of.places, place, inputs);
    const float* const gradient = of.gradient + place * of.places.capacity * units;
    for (std::size_t u = 0; u < units; ++u) {
      for (std::size_t d = 0; d < inputs; ++d) {
        double sum = 0;
        for (std::size_t i = 0; i < fit.samples; ++i)
          sum += static_cast<double>(gradient[i * units + u]) * x[i * inputs + d];
        move(of.bank, fit.slot * of.bank.stride + weight + u * inputs + d, static_cast<float>(sum),
             of.steps[place]);
      }
    }
  }
}

void adam_range(const AdamRange& of) {
  for (std::size_t place = 0; place < of.places.count; ++place) {
    const std::size_t first = of.places.at[place].slot * of.bank.stride + of.offset;
    for (std::size_t j = 0; j < of.moved[place]; ++j)
      move(of.bank, first + j, of.gradients[place * of.gradient_stride + j], of.steps[place]);
  }
}

}  // namespace crossfold::train::cuda::twin
