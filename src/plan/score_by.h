#pragma once

#include <optional>

#include "crossfold/job/sweep_settings.h"
#include "crossfold/plan/fit_result.h"

namespace crossfold {

/// The score of a fit on its held-out fold by which a sweep decides.
[[nodiscard]] std::optional<double> score_by(RaceScore by, const FitResult& result);

}  // namespace crossfold
