#pragma once

#include <cstddef>
#include <vector>

#include "crossfold/results/run_records.h"

namespace crossfold::audit {

/// Indices of the experiments that predict the class: the others, which predict the domain, cannot
/// be confounded by it. Throws NotAssessed where there is none.
[[nodiscard]] std::vector<std::size_t> class_experiments(const RunRecords& records);

}  // namespace crossfold::audit
