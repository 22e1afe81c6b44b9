#pragma once

#include "crossfold/core/validation_errors.h"
#include "crossfold/job/job.h"
#include "crossfold/plan/plan.h"

namespace crossfold {

/// Adds an error for each experiment with candidates whose every fit on the job's own splits is
/// certain to fail, since one level alone is left to learn. Apart from make_plan, which reads what
/// older runs recorded of such fits.
void check_trainable(const Job& job, const Plan& plan, ValidationErrors& errors);

}  // namespace crossfold
