#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "crossfold/core/validation_errors.h"
#include "crossfold/job/sweep_settings.h"

namespace crossfold {

/// Sorted by key.
void sort_parameters(std::vector<Parameter>& parameters);

/// "[lambda.from=1.23456,training.learning_rate=0.001]"; "" of none.
[[nodiscard]] std::string name_suffix(const std::vector<Parameter>& parameters);

/// {"lambda.from": 1.23456, "training.epochs": 20}: whole numbers as such.
[[nodiscard]] nlohmann::json parameters_to_json(const std::vector<Parameter>& parameters);

/// The way back, sorted by key.
[[nodiscard]] std::vector<Parameter> read_parameters(const nlohmann::json& value,
                                                     const std::string& pointer,
                                                     ValidationErrors& errors);

}  // namespace crossfold
