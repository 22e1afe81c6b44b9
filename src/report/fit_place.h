#pragma once

#include <string>

#include "crossfold/report/report.h"

namespace crossfold {

[[nodiscard]] FitPlace place_of(const RunRecords& records, const Fit& fit);

/// "seed 1 fold 3"; "seed 1 without source cohen"; "seed 1 fold 3 inner fold 0".
[[nodiscard]] std::string split_text(const FitPlace& place);

}  // namespace crossfold
