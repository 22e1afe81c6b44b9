#pragma once

#include "crossfold/sweep/selection.h"

namespace crossfold {

/// As CSV and JSON have it: "complete", "given-up", "incomplete".
[[nodiscard]] const char* name_of(sweep::CandidateState state);

}  // namespace crossfold
