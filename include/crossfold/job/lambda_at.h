#pragma once

#include "crossfold/job/lambda_schedule.h"

namespace crossfold {

/// lambda_t of the schedule at epoch t = 0, 1, ... of a training that may run `epochs` epochs
/// (METHODS 5; the families stand at LambdaSchedule). The warm-up also scales a table's values.
[[nodiscard]] double lambda_at(const LambdaSchedule& schedule, int epoch, int epochs);

}  // namespace crossfold
