#pragma once

#include <string>
#include <vector>

#include "crossfold/audit/run_evidence.h"

namespace crossfold::audit {

/// Patients of all rows, as the store names them; the run's own where the store cannot be read or
/// has other samples.
[[nodiscard]] const std::vector<std::string>& patient_names(const RunEvidence& evidence);

}  // namespace crossfold::audit
