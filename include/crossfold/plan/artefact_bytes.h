#pragma once

#include <string>
#include <string_view>

#include "crossfold/core/ids.h"
#include "crossfold/plan/fit_result.h"

namespace crossfold {

/// Artefacts as a document of the safetensors format, which Python reads in one call: the length of
/// the header (8 bytes), the header (JSON: type, shape and place of each array), the arrays,
/// little-endian. Arrays, where kept:
///
///   in.rows U32 [n], in.probabilities F64 [n, classes]    the held-out fold; so too oos.*
///   curves.train_class_loss, ... F64 [epochs]             as in Curves
///   features.rows U32 [n], features.values F32 [n, dim]
///
/// `__metadata__` names the format ("crossfold-artefacts") and the fit.
[[nodiscard]] std::string artefacts_to_bytes(const FitId& id, const Artefacts& artefacts);

/// The way back. Error{bad_input} when the bytes are no such document, or one of another fit.
[[nodiscard]] Artefacts artefacts_from_bytes(std::string_view bytes, const FitId& id);

}  // namespace crossfold
