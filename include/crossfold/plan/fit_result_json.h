#pragma once

#include <string>
#include <string_view>
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

/// Artefacts as one CBOR document (format "crossfold-artefacts"): what a file under `artefacts/`
/// holds. Arrays are little-endian byte strings: rows uint32, probabilities float64, features
/// float32.
[[nodiscard]] std::string artefacts_to_cbor(const FitId& id, const Artefacts& artefacts);
/// Error{bad_input} when it is no such document, or one of another fit.
[[nodiscard]] Artefacts artefacts_from_cbor(std::string_view bytes, const FitId& id);

}  // namespace crossfold
