#pragma once

#include <span>

#include "crossfold/train/engine.h"

#include "device.h"
#include "lockstep_cohort.h"

namespace crossfold::train::cuda {

/// Trains fits in lockstep on a device, in parts that its memory holds: no number depends on them.
/// Where it does not suffice after all, a part is halved, twice; then its fits fail. The fits share
/// embedding set and batch size. Those that have ended are scored by `scoring`, in that order,
/// while the device trains the others of their part and the next parts; all are when this returns
/// or throws. Throws DeviceLost.
void train_on_device(std::span<const LockstepFit> fits, Device& device, InstructionSet set,
                     ScoringThread& scoring);

}  // namespace crossfold::train::cuda
