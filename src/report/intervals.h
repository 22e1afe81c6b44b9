#pragma once

#include <cstdint>
#include <vector>

#include "crossfold/report/report.h"

#include "comparisons.h"

namespace crossfold {

/// Intervals by bootstrap bags of patients for the fits of an experiment's rows, where all fits of
/// a row score the same samples: out of sample, on named sets that no fit trains on, and, where
/// levels are left out in turns, on each of them. A row whose predictions are not kept has none.
[[nodiscard]] std::vector<IntervalRow> bootstrap_intervals(const RunRecords& records,
                                                           std::uint32_t experiment,
                                                           const std::vector<RowFits>& rows,
                                                           std::size_t bags,
                                                           const ReadArtefacts& read);

}  // namespace crossfold
