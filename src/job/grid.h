#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "crossfold/core/validation_errors.h"
#include "crossfold/job/sweep_settings.h"

namespace crossfold {

/// One point of a candidate's grids, and in a sweep of its draws.
struct GridPoint {
  std::string suffix;                 ///< "[lambda.from=10]", or "" where there is no grid
  nlohmann::json settings;            ///< the candidate with this point's numbers in place
  std::vector<Parameter> parameters;  ///< these numbers, in the order of their keys
};

/// Expands every `{"grid": [numbers...]}` inside a candidate: the product of all grids, fields in
/// the order of their keys, the last one varying fastest. Bad grids (empty, not numbers, a number
/// twice, too many points) are added to `errors` under `pointer`.
[[nodiscard]] std::vector<GridPoint> expand_grids(const nlohmann::json& candidate,
                                                  const std::string& pointer,
                                                  ValidationErrors& errors);

}  // namespace crossfold
