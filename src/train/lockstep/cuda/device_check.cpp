#include "device_check.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include <fmt/format.h>

namespace crossfold::train::cuda {
namespace {

constexpr std::size_t kSamples = 256, kInputs = 512, kUnits = 256;

/// The layer's products on a device, from numbers that are the same each time.
std::vector<float> try_product(Device& device) {
  const auto numbers = [](std::size_t count) {
    std::vector<float> values(count);
    for (std::size_t i = 0; i < count; ++i)
      values[i] = static_cast<float>(static_cast<double>(i * 7919 % 1021) / 1021 - 0.5);
    return values;
  };
  const std::vector<float> network = numbers(kUnits * (kInputs + 1)),
                           input = numbers(kSamples * kInputs);
  const FitPlace fit{.slot = 0, .block = 0, .samples = kSamples, .output = 0};
  const DeviceArray<float> parameters(device, std::span<const float>(network));
  const DeviceArray<float> values(device, std::span<const float>(input));
  const DeviceArray<FitPlace> place(device, std::span(&fit, 1));
  const DeviceArray<float> out(device, kSamples * kUnits);
  const NetworkBank bank{.parameters = parameters.data(),
                         .first = nullptr,
                         .second = nullptr,
                         .largest_second = nullptr,
                         .statistics = nullptr,
                         .stride = network.size(),
                         .statistics_stride = 0};
  device.forward_product(
      {.places = {.at = place.data(), .count = 1, .capacity = kSamples},
       .bank = bank,
       .layer = {.weight = 0, .bias = kUnits * kInputs, .inputs = kInputs, .units = kUnits},
       .input = {.values = values.data(), .of_block = true},
       .out = out.data()});
  return out.get(0, out.size());
}

}  // namespace

std::string product_problem(Device& device) {
  constexpr std::size_t kMemory = 16'000'000;
  constexpr double kTolerance = 1e-4;
  const std::vector<float> expected = try_product(*make_twin_device(kMemory));
  const std::vector<float> found = try_product(device);
  double worst = 0;
  for (std::size_t i = 0; i < expected.size() && !std::isnan(worst); ++i) {
    const double difference = std::abs(static_cast<double>(found[i]) - expected[i]);
    worst = std::isnan(difference) ? difference : std::max(worst, difference);
  }
  if (worst <= kTolerance) return "";
  return fmt::format(
      "a product comes out wrong by {:.1e} (its numbers cannot be trusted). take it out of service",
      worst);
}

}  // namespace crossfold::train::cuda
