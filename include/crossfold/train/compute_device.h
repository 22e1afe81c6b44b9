#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "crossfold/core/error.h"
#include "crossfold/solve/instruction_set.h"

namespace crossfold {

/// What an engine computes on.
struct ComputeDevice {
  InstructionSet instruction_set = best_instruction_set();  ///< of the processor
  /// Which of the CUDA devices that this process sees; nothing: the networks are trained on the
  /// processor.
  std::optional<std::uint32_t> gpu = {};
};

/// "cpu" or "cuda:0".
[[nodiscard]] std::string name_of(const ComputeDevice& device);

/// Thrown by an engine whose GPU no longer does what it is asked for: no fit is at fault.
class DeviceLost : public Error {
 public:
  explicit DeviceLost(std::string message) : Error(ErrorCode::io, std::move(message)) {}
};

}  // namespace crossfold
