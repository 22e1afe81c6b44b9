#pragma once

#include <nlohmann/json.hpp>

#include "run_history.h"

namespace crossfold {

/// provenance.json: what made the results. Program, job, data, seeds, every session with its hosts
/// and devices, equivalence classes, and how many fits each host and device trained.
[[nodiscard]] nlohmann::json describe_provenance(const RunRecords& records,
                                                 const RunHistory& history);

}  // namespace crossfold
