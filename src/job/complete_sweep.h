#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "crossfold/core/validation_errors.h"
#include "crossfold/job/job.h"

namespace crossfold {

/// What can be said of a sweep once its candidates are read: that there is something to draw, that
/// it is drawn either now or already (candidates with `parameters`, as the canonical form lists
/// them), and the spaces that they were drawn from. A sweep that is drawn now gets a plain baseline
/// and, unless the domain is the target, the paper's disentangled candidate, both with the job's
/// training, in front, where it has none with these settings.
/// `list` is the job's list of candidates, `training` its training settings, perhaps null. `errors`
/// has those of this sweep and its candidates, and no others: where there are some, no more is
/// looked for in what they leave.
void complete_sweep(Experiment& experiment, const nlohmann::json& list,
                    const nlohmann::json& training, const std::string& pointer,
                    ValidationErrors& errors);

}  // namespace crossfold
