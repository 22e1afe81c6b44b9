#pragma once

#include <nlohmann/json.hpp>

#include "crossfold/results/heartbeat.h"

namespace crossfold {

/// The workers of a heartbeat, as its file and `status --json` have them.
[[nodiscard]] nlohmann::json workers_to_json(const Heartbeat& heartbeat);

}  // namespace crossfold
