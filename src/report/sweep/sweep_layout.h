#pragma once

#include <vector>

#include "crossfold/report/report.h"

#include "layout.h"

namespace crossfold {

/// The tables of an experiment's sweeps for people: what the rules chose, how the race went, who
/// was given up, the front, which parameters matter. Empty without a sweep.
[[nodiscard]] std::vector<PrintedTable> sweep_tables(const ReportTable& table,
                                                     const NumberStyle& style);
/// What the terms in them mean.
[[nodiscard]] std::vector<Explanation> sweep_legend(const Report& report);

}  // namespace crossfold
