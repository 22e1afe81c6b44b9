#pragma once

#include <functional>
#include <memory>
#include <span>

#include "crossfold/train/engine.h"

#include "cohort_kernels.h"
#include "scoring_thread.h"

namespace crossfold::train {

using MakeKernels = std::function<std::unique_ptr<CohortKernels>(CohortData)>;

/// A fit to train, and where its outcome goes.
struct LockstepFit {
  const FitTask* task = nullptr;
  FitOutcome* outcome = nullptr;
};

/// Trains baseline and disentangled fits of one embedding set and batch size together (METHODS 7,
/// lockstep), on as many splits as they have: the kernels are asked for an epoch of all of them,
/// and each fit keeps its own learning rate, lambda, plateau and end. `set` is for what is scored
/// on the processor, whatever the kernels run on. With `scoring`, fits are scored there while the
/// kernels go on: tasks and outcomes must live, and be left alone, until it is drained, also where
/// this throws. Throws what the device as a whole failed with: DeviceLost, OutOfDeviceMemory.
void train_in_lockstep(std::span<const LockstepFit> fits, const MakeKernels& make_kernels,
                       InstructionSet set, ScoringThread* scoring = nullptr);

}  // namespace crossfold::train
