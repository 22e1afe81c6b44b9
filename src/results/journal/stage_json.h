#pragma once

#include <nlohmann/json.hpp>

#include "crossfold/plan/stages.h"

namespace crossfold {

/// A stage as the journal holds it, without `kind`.
[[nodiscard]] nlohmann::json stage_to_json(const StageRecord& record);
/// The way back, exact. Error{bad_input} or json::exception for anything else.
[[nodiscard]] StageRecord stage_from_json(const nlohmann::json& value);

}  // namespace crossfold
