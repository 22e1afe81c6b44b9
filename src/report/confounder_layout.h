#pragma once

#include <vector>

#include "layout.h"

namespace crossfold {

/// What the features give away, beside the task: a table for the whole pool and one for each class
/// that is probed within. None without further probes.
[[nodiscard]] std::vector<PrintedTable> confounder_tables(const ReportTable& table,
                                                          const NumberStyle& style);

/// What their columns mean, where some table has them.
[[nodiscard]] std::vector<Explanation> confounder_legend(const Report& report);

}  // namespace crossfold
