#pragma once

#include <span>
#include <vector>

#include "crossfold/train/engine.h"

#include "device.h"

namespace crossfold::train::cuda {

/// Trains fits in lockstep on a device, in parts that its memory holds: no number depends on them.
/// Where it does not suffice after all, a part is halved, twice; then its fits fail. Outcomes in
/// the order of the tasks, which share embedding set and batch size. Throws DeviceLost.
[[nodiscard]] std::vector<FitOutcome> train_on_device(std::span<const FitTask* const> tasks,
                                                      Device& device, InstructionSet set);

}  // namespace crossfold::train::cuda
