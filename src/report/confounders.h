#pragma once

#include <vector>

#include "crossfold/report/report.h"

#include "comparisons.h"

namespace crossfold {

/// What the experiment probes, with how many samples have a value; empty where it probes no more
/// than a label in the whole pool.
[[nodiscard]] std::vector<Confounder> confounders_of(const Experiment& experiment,
                                                     const ExperimentSamples& samples);

/// One cell for each of the table's confounders. Error{bad_input} when a fit has other probes than
/// these.
[[nodiscard]] std::vector<ConfounderCells> confounder_cells(const ReportTable& table,
                                                            const RowFits& fits,
                                                            const FitCounts& counts);

/// Where the further probes begin: behind the label's, if there is one.
[[nodiscard]] std::size_t first_further_probe(const ReportTable& table);

}  // namespace crossfold
