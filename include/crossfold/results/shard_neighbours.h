#pragma once

#include <filesystem>
#include <vector>

#include "crossfold/job/job.h"
#include "crossfold/plan/plan.h"
#include "crossfold/samples/sample_table.h"

namespace crossfold {

// No merge takes shards of two plans together: whoever begins one, or looks at them, is told.

/// Error{bad_input} naming all that differs, when the run or shard in `directory` is not of this
/// plan. One that is yet to write its plan is passed over: it looks at this one once it has. `job`
/// as it would be recorded there; `samples` are the store's.
void check_shares_plan(const std::filesystem::path& directory, const Job& job,
                       const SampleTable& samples, const Plan& plan);

/// Error{bad_input} naming each run or shard of another plan than the first one's.
void check_are_of_one_plan(const std::vector<std::filesystem::path>& directories);

}  // namespace crossfold
