#pragma once

#include <memory>

#include "crossfold/train/engine.h"

namespace crossfold::train {

/// See make_engine().
[[nodiscard]] std::unique_ptr<Engine> make_lockstep_engine(const ComputeDevice& device);

}  // namespace crossfold::train
