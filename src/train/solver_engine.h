#pragma once

#include <memory>

#include "crossfold/train/engine.h"

namespace crossfold::train {

/// The engine of linear models: each fit is solved on the processor, alone.
[[nodiscard]] std::unique_ptr<Engine> make_solver_engine(const ComputeDevice& device);

}  // namespace crossfold::train
