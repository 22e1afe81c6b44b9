#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "crossfold/core/validation_errors.h"
#include "crossfold/job/job.h"
#include "crossfold/plan/plan.h"

#include "split_review.h"

namespace crossfold {

/// What the splits of an experiment do to its scores, a warning of each kind: fits that are certain
/// to fail, levels that are scored and never learned, levels that a test part lacks, splits that
/// are the same ones.
[[nodiscard]] std::vector<std::string> split_warnings(const Job& job, const Plan& plan,
                                                      std::uint32_t experiment,
                                                      const SplitReview& review);

/// An error for each label of which every one of these splits leaves one level alone.
void add_errors(const Job& job, const Plan& plan, std::uint32_t experiment,
                const SplitReview& review, ValidationErrors& errors);

}  // namespace crossfold
