#pragma once

#include <nlohmann/json.hpp>

#include "crossfold/core/validation_errors.h"
#include "crossfold/job/job.h"

namespace crossfold {

/// The settings under /splits. Adds to `errors` what is wrong, keys of another scheme included.
[[nodiscard]] SplitSettings read_splits(const nlohmann::json& value, ValidationErrors& errors);

}  // namespace crossfold
