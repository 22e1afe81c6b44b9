#pragma once

#include <span>
#include <string>

#include "crossfold/plan/stages.h"

namespace crossfold {

/// A stage that begins, as one line for people.
[[nodiscard]] std::string stage_text(const StageRecord& stage);

/// Where the races and searches stand, by the latest stage of each, those that are over left out:
/// "race of 'task' on z: rung 2 of 4, 12 candidates". With several the first, and how many more.
[[nodiscard]] std::string stages_at_work_text(const Job& job, std::span<const Stage> latest);

}  // namespace crossfold
