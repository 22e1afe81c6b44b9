#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "crossfold/core/validation_errors.h"
#include "crossfold/job/sweep_settings.h"

#include "grid.h"

namespace crossfold {

/// Expands a candidate of a sweep: its grids, and for each point of these the same
/// `sweep.candidates` draws, so that 256 draws and a grid of 3 are 768 candidates. For the sampler
/// tpe the first generation only. Values are rounded before anything else; a draw that gives what
/// an earlier one gave is left out and the sequence drawn on, so that all are different. Without
/// grids and draws it is one candidate without parameters. ValidationErrors: draws that cannot be
/// read, that the sampler does not take, or that give too few or too many different candidates.
[[nodiscard]] std::vector<GridPoint> expand_swept(const nlohmann::json& candidate,
                                                  const SweepSettings& sweep,
                                                  std::uint64_t root_seed,
                                                  const std::string& pointer,
                                                  ValidationErrors& errors);

}  // namespace crossfold
