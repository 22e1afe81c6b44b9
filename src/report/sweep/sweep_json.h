#pragma once

#include <nlohmann/json.hpp>

#include "crossfold/report/sweep_report.h"

namespace crossfold {

/// A sweep as report.schema.json has it.
[[nodiscard]] nlohmann::ordered_json sweep_to_json(const SweepReport& sweep);

}  // namespace crossfold
