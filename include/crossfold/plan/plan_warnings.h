#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "crossfold/job/job.h"
#include "crossfold/plan/plan_basis.h"

namespace crossfold {

/// What is to be known before the job runs: the warnings of the samples, and for each experiment
/// whose networks have settings that need validation samples, whether splits have none: where none
/// are set aside (splits.validation is 0) and no split file gives them.
[[nodiscard]] std::vector<std::string> plan_warnings(const Job& job, const PlanBasis& basis);

/// A sentence to be told before a plan is made that takes more than some seconds: every split is
/// drawn, as its samples name its fits. Nothing where there are so many that no plan is made. How
/// many turns there are to leave levels out is not known yet: each seed counts as one split.
[[nodiscard]] std::optional<std::string> long_planning(const SplitSettings& splits,
                                                       std::size_t samples);

}  // namespace crossfold
