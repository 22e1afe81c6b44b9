#pragma once

#include <map>
#include <string>

#include <nlohmann/json.hpp>

#include "crossfold/core/strict_json.h"
#include "crossfold/core/validation_errors.h"
#include "crossfold/job/job.h"

namespace crossfold {

using NamedSets = std::map<std::string, SampleSet>;

/// What gives samples a role: a filter by class and domain.
[[nodiscard]] SampleFilter read_override(const nlohmann::json& value, const std::string& pointer,
                                         ValidationErrors& errors);

/// The settings under /sets. Adds to `errors`: names that mean something else, sets of unknown
/// sets, sets that contain themselves.
[[nodiscard]] NamedSets read_sets(const nlohmann::json& value, ValidationErrors& errors);

/// An experiment's pool: a filter (of the role `in` where it names neither role nor set), or one or
/// more named sets.
[[nodiscard]] SampleFilter read_pool(const nlohmann::json& value, const NamedSets& sets,
                                     const std::string& pointer, ValidationErrors& errors);

/// What every fit of the experiment is scored on: "in", perhaps "oos", and named sets.
void read_evaluate(Experiment& experiment, const NamedSets& sets, ObjectReader& reader);

}  // namespace crossfold
