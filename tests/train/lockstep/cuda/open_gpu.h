#pragma once

#include <memory>
#include <string>

#include "cuda_part.h"
#include "device.h"

namespace crossfold::test {

struct OpenedGpu {
  std::unique_ptr<train::cuda::Device> gpu;
  std::string why_not;  ///< why there is none
};

/// The first GPU that this process sees.
inline OpenedGpu open_gpu() {
  const train::cuda::CudaPart* const part = train::cuda::cuda_part();
  if (part == nullptr) return {.gpu = nullptr, .why_not = "this program is built without CUDA"};
  if (part->visible_gpus() == 0) return {.gpu = nullptr, .why_not = "no GPU is visible here"};
  return {.gpu = part->open(0), .why_not = ""};
}

}  // namespace crossfold::test
