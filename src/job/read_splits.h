#pragma once

#include <nlohmann/json.hpp>

#include "crossfold/core/mistakes.h"
#include "crossfold/job/job.h"

namespace crossfold {

/// The settings under /splits. Adds to `mistakes` what is wrong, keys of another scheme included.
[[nodiscard]] SplitSettings read_splits(const nlohmann::json& value, Mistakes& mistakes);

}  // namespace crossfold
