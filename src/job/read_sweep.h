#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "crossfold/core/validation_errors.h"
#include "crossfold/job/job.h"

namespace crossfold {

/// Reads the `sweep` of an experiment of which all but the candidates is read already.
[[nodiscard]] SweepSettings read_sweep(const nlohmann::json& value, const Experiment& experiment,
                                       const SplitSettings& splits, const std::string& pointer,
                                       ValidationErrors& errors);

/// Rungs of a race without any: 1/10, 2/10, 3/10, 4/10, 6/10 and 8/10 of the folds x seeds splits
/// (three or more), in whole folds of all seeds, each once, none below 2.
[[nodiscard]] std::vector<std::uint32_t> default_rungs(const SplitSettings& splits);

}  // namespace crossfold
