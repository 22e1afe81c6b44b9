#pragma once

#include <cstdint>

#include "crossfold/report/sweep_report.h"
#include "crossfold/results/run_records.h"

#include "bagged_predictions.h"

namespace crossfold {

/// What the sweep of an experiment came to on one embedding set, as far as results are there.
[[nodiscard]] SweepReport make_sweep_report(const RunRecords& records, std::uint32_t experiment,
                                            std::uint32_t embedding, const ReadArtefacts& read);

}  // namespace crossfold
