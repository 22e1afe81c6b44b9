#pragma once

#include <string>

#include "crossfold/plan/stages.h"

namespace crossfold {

/// A stage that begins, as one line for people.
[[nodiscard]] std::string stage_text(const StageRecord& stage);

}  // namespace crossfold
