#pragma once

#include <string_view>

#include "crossfold/core/ids.h"
#include "crossfold/plan/fit_result.h"

namespace crossfold {

/// Artefacts as runs kept them before there were segments: a CBOR document ("crossfold-artefacts",
/// version 1) in a file for each fit, with arrays as little-endian byte strings. Error{bad_input}
/// when it is no such document, or one of another fit.
[[nodiscard]] Artefacts artefacts_from_cbor(std::string_view bytes, const FitId& id);

}  // namespace crossfold
