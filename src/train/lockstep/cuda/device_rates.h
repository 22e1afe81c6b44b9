#pragma once

#include "crossfold/train/gpu_rate.h"

#include "device.h"

namespace crossfold::train::cuda {

/// As measure_gpu_rates, of any device.
[[nodiscard]] GpuRates measure_device_rates(Device& device, std::size_t dim, std::size_t batch,
                                            std::size_t fits);

}  // namespace crossfold::train::cuda
