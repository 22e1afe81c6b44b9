#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "device.h"

namespace crossfold::train::cuda {

/// A GPU as the CUDA library tells of it.
struct GpuFacts {
  std::string name;          ///< "NVIDIA H200"
  std::string architecture;  ///< "sm_90"
  int processors = 0;        ///< streaming multiprocessors
  std::size_t memory = 0;    ///< bytes
};

/// What of this module needs CUDA: a library of its own that is loaded when the first of these is
/// asked for (core/late_library.h), so that the program runs where there is neither driver nor GPU.
struct CudaPart {
  /// GPUs that this process sees; 0 without a driver.
  int (*visible_gpus)();
  GpuFacts (*facts)(std::uint32_t gpu);
  /// Error{io} where it cannot be used.
  std::unique_ptr<Device> (*open)(std::uint32_t gpu);
  /// Versions of the toolkit and of the driver, for provenance.
  std::string (*toolkit)();
  std::string (*driver)();
};

/// Null for a program built without CUDA, or without the library beside it.
[[nodiscard]] const CudaPart* cuda_part();

}  // namespace crossfold::train::cuda

/// The one name that is looked up in the library.
extern "C" const crossfold::train::cuda::CudaPart* crossfold_train_cuda_part();
