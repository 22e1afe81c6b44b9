#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "crossfold/core/validation_errors.h"
#include "crossfold/job/job.h"

namespace crossfold {

/// How the candidates of an experiment are drawn, when it has a sweep.
struct CandidateDraws {
  const std::optional<SweepSettings>& sweep;
  std::uint64_t root_seed = 0;
};

/// An experiment's `candidates` list with the training settings of the job (null: none), which hold
/// for every trained candidate that does not say otherwise. What is no candidate stays as it is.
[[nodiscard]] nlohmann::json with_training(const nlohmann::json& list,
                                           const nlohmann::json& training);

/// Reads such a list. Grids are expanded, and in a sweep draws as well (draw_candidates.h).
[[nodiscard]] std::vector<Candidate> read_candidates(const nlohmann::json& list,
                                                     const CandidateDraws& draws,
                                                     const std::string& pointer,
                                                     ValidationErrors& errors);

/// Reads `training` settings whose grids are expanded already.
[[nodiscard]] TrainingSettings read_training(const nlohmann::json& value,
                                             const std::string& pointer, ValidationErrors& errors);

}  // namespace crossfold
