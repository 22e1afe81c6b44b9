#include "device_rates.h"

#include <algorithm>

#include <fmt/format.h>

#include "crossfold/core/error.h"

#include "best_rate.h"
#include "cuda_part.h"
#include "initial_weights.h"

namespace crossfold::train::cuda {
namespace {

/// Launches for each time that the host waits for the device, so that waiting does not count.
constexpr int kLaunches = 16;
constexpr std::size_t kCopiedBytes = std::size_t{256} << 20;

/// The layer of each fit in its slot, with all that a launch about it is told.
struct LayerLaunch {
  LayerLaunch(Device& device, std::size_t inputs, std::size_t units, std::size_t batch,
              std::size_t fits)
      : at(device),
        layer{.weight = 0, .bias = inputs * units, .inputs = inputs, .units = units},
        stride((inputs + 1) * units),
        parameters(device, fits * stride),
        first(device, fits * stride),
        second(device, fits * stride),
        largest_second(device, fits * stride),
        samples(device, std::max(inputs, units) * batch * fits),
        out(device, std::max(inputs, units) * batch * fits) {
    for (DeviceArray<float>* values :
         {&parameters, &first, &second, &largest_second, &samples, &out})
      values->clear();
    std::vector<FitPlace> of_fits(fits);
    for (std::size_t fit = 0; fit < fits; ++fit)
      of_fits[fit] = {.slot = static_cast<std::uint32_t>(fit),
                      .block = 0,
                      .samples = static_cast<std::uint32_t>(batch),
                      .output = static_cast<std::uint32_t>(fit)};
    told = {device, std::span<const FitPlace>(of_fits)};
    const std::vector<AdamNumbers> steps(fits,
                                         {.keep = 1.0F, .rate = 1e-3F, .inverse_correction = 1.0F});
    numbers = {device, std::span<const AdamNumbers>(steps)};
    places = {.at = told.data(), .count = fits, .capacity = batch};
    bank = {.parameters = parameters.data(),
            .first = first.data(),
            .second = second.data(),
            .largest_second = largest_second.data(),
            .statistics = nullptr,
            .stride = stride,
            .statistics_stride = 0};
  }

  /// The best rate of `launch`, a product for each fit.
  template <class Launch>
  [[nodiscard]] ProductRate rate(std::size_t m, std::size_t n, std::size_t k,
                                 const Launch& launch) const {
    const double operations =
        2.0 * static_cast<double>(m * n) * static_cast<double>(k * places.count) * kLaunches;
    return {.by = "crossfold", .m = m, .n = n, .k = k, .gflops = operations / 1e9 * best_rate([&] {
                                                                   for (int i = 0; i < kLaunches;
                                                                        ++i)
                                                                     launch();
                                                                   (void)out.get(0, 1);  // waits
                                                                 })};
  }

  [[nodiscard]] ProductRate forward_rate() const {
    const LayerInput input{.values = samples.data(), .of_block = true};
    return rate(places.capacity, layer.units, layer.inputs, [&] {
      at.forward_product({places, bank, layer, input, out.data()});
    });
  }
  [[nodiscard]] ProductRate backward_rate() const {
    return rate(places.capacity, layer.inputs, layer.units, [&] {
      at.backward_product({places, bank, layer, samples.data(), out.data()});
    });
  }
  [[nodiscard]] ProductRate gradient_rate() const {
    const LayerInput input{.values = samples.data(), .of_block = true};
    return rate(layer.units, layer.inputs, places.capacity, [&] {
      at.gradient_step({places, bank, layer, input, out.data(), numbers.data()});
    });
  }

  Device& at;
  LayerShape layer;
  std::size_t stride;
  DeviceArray<float> parameters, first, second, largest_second, samples, out;
  DeviceArray<FitPlace> told;
  DeviceArray<AdamNumbers> numbers;
  Places places;
  NetworkBank bank;
};

double copied_gb_per_s(Device& device) {
  const std::size_t bytes = std::min(kCopiedBytes, device.free_memory() / 4);
  const DeviceArray<std::byte> from(device, bytes), to(device, bytes);
  return 2.0 * static_cast<double>(bytes) * kLaunches / 1e9 * best_rate([&] {
           for (int i = 0; i < kLaunches; ++i) device.copy(to.data(), from.data(), bytes);
           (void)to.get(0, 1);  // waits
         });
}

}  // namespace

GpuRates measure_device_rates(Device& device, std::size_t dim, std::size_t batch,
                              std::size_t fits) {
  GpuRates rates;
  {
    const LayerLaunch hidden(device, dim, kHiddenWidth, batch, fits);
    rates.products = {hidden.forward_rate(), hidden.gradient_rate()};
  }
  rates.products.push_back(
      LayerLaunch(device, kHiddenWidth, kEncodedWidth, batch, fits).backward_rate());
  rates.copied_gb_per_s = copied_gb_per_s(device);
  return rates;
}

}  // namespace crossfold::train::cuda

namespace crossfold {
namespace {

const train::cuda::CudaPart& part_with(std::uint32_t gpu) {
  const train::cuda::CudaPart* const part = train::cuda::cuda_part();
  CF_VALIDATE(part != nullptr && std::cmp_less(gpu, part->visible_gpus()), ErrorCode::usage,
              fmt::format("GPU {} cannot be used (this program is built without CUDA, or there is "
                          "no driver, or CUDA_VISIBLE_DEVICES hides it). 'crossfold doctor' says "
                          "what it sees",
                          gpu));
  return *part;
}

}  // namespace

std::string gpu_name(std::uint32_t gpu) {
  const train::cuda::GpuFacts facts = part_with(gpu).facts(gpu);
  return fmt::format("{} ({}, {:.0f} GB)", facts.name, facts.architecture,
                     static_cast<double>(facts.memory) / 1e9);
}

GpuRates measure_gpu_rates(std::uint32_t gpu, std::size_t dim, std::size_t batch,
                           std::size_t fits) {
  return train::cuda::measure_device_rates(*part_with(gpu).open(gpu), dim, batch, fits);
}

}  // namespace crossfold
