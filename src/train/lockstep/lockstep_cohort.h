#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "crossfold/train/engine.h"

#include "cohort_kernels.h"

namespace crossfold::train {

using MakeKernels = std::function<std::unique_ptr<CohortKernels>(CohortData)>;

/// Trains baseline and disentangled fits of one embedding set and batch size together (METHODS 7,
/// lockstep), on as many splits as they have: the kernels are asked for an epoch of all of them,
/// and each fit keeps its own learning rate, lambda, plateau and end. `set` is for what is scored
/// on the processor, whatever the kernels run on. Throws what the device as a whole failed with:
/// DeviceLost, OutOfDeviceMemory.
[[nodiscard]] std::vector<FitOutcome> train_in_lockstep(std::span<const FitTask* const> tasks,
                                                        const MakeKernels& make_kernels,
                                                        InstructionSet set);

}  // namespace crossfold::train
