#pragma once

#include <string>
#include <vector>

#include "crossfold/job/job.h"
#include "crossfold/plan/plan.h"
#include "crossfold/samples/sample_table.h"

#include "layout.h"

namespace crossfold {

// Whether what a directory holds is what is to be trained now. `job` as it would be recorded there,
// `samples` with its roles.

/// Error{bad_input} naming every field that differs, for a run of another job, over other data or
/// by another protocol.
void check_is_same_run(const RunLayout& layout, const Job& job, const SampleTable& samples,
                       const Plan& plan);

/// Likewise where the plans differ; a job that differs in no number does not matter.
void check_is_same_plan(const RunLayout& layout, const Job& job, const SampleTable& samples,
                        const Plan& plan);

/// The hash in plan.json; empty where it has none.
[[nodiscard]] std::string recorded_plan_hash(const RunLayout& layout);

/// Error{bad_input} naming the samples whose ids differ. No fit id hangs on them: where only they
/// differ, check_is_same_run finds nothing.
void check_has_same_ids(const RunLayout& layout, const SampleTable& samples);

/// A line for each sample whose id differs; of very many the first.
[[nodiscard]] std::vector<std::string> differing_ids(const std::vector<std::string>& there,
                                                     const std::vector<std::string>& here);

}  // namespace crossfold
