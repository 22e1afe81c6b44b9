#pragma once

#include <memory>
#include <string>

#include "crossfold/train/engine.h"

namespace crossfold::train {

/// See make_engine().
[[nodiscard]] std::unique_ptr<Engine> make_reference_engine(const std::string& device);
[[nodiscard]] std::string torch_version();

}  // namespace crossfold::train
