#pragma once

#include <optional>
#include <vector>

#include "crossfold/report/report.h"

#include "comparisons.h"

namespace crossfold {

/// `get(result)` of every fit done, as one cell.
template <class Get>
ScoreCell make_cell(const RowFits& fits, const FitCounts& counts, Get get) {
  std::vector<std::optional<double>> values;
  for (const RecordedFit& fit : fits)
    if (fit.done()) values.push_back(get(*fit.result));
  ScoreCell cell;
  cell.summary = stats::summarize(values);
  cell.fits = counts;
  return cell;
}

}  // namespace crossfold
