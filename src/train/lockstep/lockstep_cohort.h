#pragma once

#include <span>
#include <vector>

#include "crossfold/train/engine.h"

#include "cohort_kernels.h"

namespace crossfold::train {

using MakeKernels = std::unique_ptr<CohortKernels> (*)(const CohortData&);

/// Trains the baseline and disentangled fits of one split together (DESIGN 4, lockstep): each batch
/// is gathered once for all, and each fit keeps its own learning rate, lambda, plateau and end.
[[nodiscard]] std::vector<FitOutcome> train_in_lockstep(std::span<const FitTask* const> tasks,
                                                        MakeKernels make_kernels);

}  // namespace crossfold::train
