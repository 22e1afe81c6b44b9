#pragma once

#include <string>
#include <vector>

namespace crossfold {

/// What became of a GPU that was tried.
struct GpuCheck {
  std::string name;     ///< "NVIDIA H200 (sm_90, 141 GB)"
  std::string problem;  ///< empty: all came out right
};

/// Tries a copy and a product of the lockstep engine on each GPU that this process sees, and
/// compares them with the processor's. Takes about a second each; none where there is no GPU.
[[nodiscard]] std::vector<GpuCheck> check_gpus();

}  // namespace crossfold
