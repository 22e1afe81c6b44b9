#pragma once

#include <string>

#include "crossfold/job/job.h"
#include "crossfold/plan/plan.h"

namespace crossfold {

/// "fit 0af3... of experiment task, embedding e/raw, candidate baseline, seed 1, fold 2": for
/// people who look for what is lost. Of several fits of the plan with this id the first; the bare
/// id where the plan has none.
[[nodiscard]] std::string fit_text(const Job& job, const Plan& plan, const FitId& id);

}  // namespace crossfold
