#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "crossfold/core/mistakes.h"
#include "crossfold/job/job.h"

namespace crossfold {

/// Reads an experiment's `candidates` list; `training` (the job's, may be null) holds for every
/// trained candidate that does not say otherwise. Grids in either are expanded.
[[nodiscard]] std::vector<Candidate> read_candidates(const nlohmann::json& list,
                                                     const nlohmann::json& training,
                                                     const std::string& pointer,
                                                     Mistakes& mistakes);

/// Reads `training` settings whose grids are expanded already.
[[nodiscard]] TrainingSettings read_training(const nlohmann::json& value,
                                             const std::string& pointer, Mistakes& mistakes);

}  // namespace crossfold
