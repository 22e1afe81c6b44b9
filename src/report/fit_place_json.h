#pragma once

#include <nlohmann/json.hpp>

#include "crossfold/report/report.h"

namespace crossfold {

/// "place" of report.schema.json.
[[nodiscard]] nlohmann::ordered_json place_to_json(const FitPlace& place);

}  // namespace crossfold
