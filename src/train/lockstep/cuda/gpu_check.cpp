#include "crossfold/train/gpu_check.h"

#include <cstdint>

#include "crossfold/train/gpu_rate.h"

#include "cuda_part.h"
#include "device_check.h"

namespace crossfold {
namespace {

using namespace train::cuda;

GpuCheck check(const CudaPart& part, std::uint32_t gpu) {
  GpuCheck result;
  try {
    result.name = gpu_name(gpu);
    result.problem = product_problem(*part.open(gpu));
  } catch (const std::exception& error) {
    result.problem = error.what();
  }
  return result;
}

}  // namespace

std::vector<GpuCheck> check_gpus() {
  std::vector<GpuCheck> checks;
  const CudaPart* const part = cuda_part();
  const int gpus = part == nullptr ? 0 : part->visible_gpus();
  for (int gpu = 0; gpu < gpus; ++gpu)
    checks.push_back(check(*part, static_cast<std::uint32_t>(gpu)));
  return checks;
}

}  // namespace crossfold
