#pragma once

#include <ATen/ATen.h>

#include "crossfold/train/engine.h"

namespace crossfold::train {

/// One fit of a baseline or disentangled candidate with LibTorch's autograd, as METHODS 4 and 5
/// describe it. Without validation samples (`splits.validation` = 0) there is no loss to watch: all
/// epochs are run at one learning rate, and `model: best` is the last model. `set` is for what is
/// solved on the processor.
[[nodiscard]] FitResult fit_network(const FitTask& task, const at::Device& device,
                                    InstructionSet set);

}  // namespace crossfold::train
