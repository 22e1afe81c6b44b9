#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "crossfold/plan/fit_result.h"

namespace crossfold {

/// A fit's scores and facts, without its artefacts: what a journal line says of it. Undefined
/// scores are "nan".
[[nodiscard]] nlohmann::json fit_result_to_json(const FitResult& result);
/// Error{bad_input} when a field is missing or of the wrong kind.
[[nodiscard]] FitResult fit_result_from_json(const nlohmann::json& value);

/// What the values of StopReason are called there, in their order.
[[nodiscard]] const std::vector<std::string>& stop_reason_names();

}  // namespace crossfold
