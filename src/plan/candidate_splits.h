#pragma once

#include <cstdint>
#include <vector>

#include "crossfold/job/job.h"
#include "crossfold/plan/plan_basis.h"

namespace crossfold {

/// The splits that a candidate of an experiment is trained on, in the order of its fits: those that
/// the job asks for; with the rule source_out those that leave a source out; for a drawn candidate,
/// with `nested`, the inner ones.
[[nodiscard]] std::vector<SplitPlace> candidate_splits(const Job& job, const PlanBasis& basis,
                                                       std::uint32_t experiment,
                                                       const Candidate& candidate);

}  // namespace crossfold
