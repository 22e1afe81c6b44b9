#pragma once

#include <memory>

#include "cohort_kernels.h"
#include "device.h"

namespace crossfold::train::cuda {

/// The lockstep kernels on a device; the fits of a cohort have the same number of classes. `device`
/// must outlive them. Throws OutOfDeviceMemory where the cohort is too large for it: mostly at the
/// first epoch, when all buffers of training are made.
[[nodiscard]] std::unique_ptr<CohortKernels> make_device_kernels(CohortData data, Device& device);

/// Memory that each fit of a cohort takes on a device while it trains, and what they share.
struct CohortMemory {
  std::size_t per_fit = 0;
  std::size_t shared = 0;
};
[[nodiscard]] CohortMemory cohort_memory(std::size_t rows, std::size_t dim, std::size_t batch,
                                         std::size_t classes, std::size_t domains);

}  // namespace crossfold::train::cuda
