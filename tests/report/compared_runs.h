#pragma once

#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <utility>

#include "crossfold/report/compare.h"

#include "report/run_builder.h"

namespace crossfold::testing {

/// The small study, all fits done with scores of 0.5.
inline RunRecords whole_study() {
  RunRecords records = small_study();
  record_all(records, [&](const Fit& fit) { return even_result(records, fit, 0.5); });
  return records;
}

/// The same fits under other ids, as another engine gives them.
inline RunRecords with_other_ids(RunRecords records) {
  std::unordered_map<FitId, FitResult> results;
  for (Fit& fit : records.plan.fits) {
    FitResult result = records.results.at(fit.id);
    fit.id.bytes.back() ^= 0x80U;
    result.id = fit.id;
    results.emplace(fit.id, std::move(result));
  }
  records.results = std::move(results);
  return records;
}

/// What fits left behind.
using Kept = std::map<FitId, Artefacts>;

inline RunComparison compare(const RunRecords& left, const RunRecords& right, double tolerance = 0,
                             const Kept& kept_left = {}, const Kept& kept_right = {}) {
  const auto reading = [](const Kept& kept) {
    return [&kept](const FitId& id) -> std::optional<Artefacts> {
      const auto found = kept.find(id);
      if (found == kept.end()) return std::nullopt;
      return found->second;
    };
  };
  return compare_runs({.name = "left.run", .records = left, .artefacts = reading(kept_left)},
                      {.name = "right.run", .records = right, .artefacts = reading(kept_right)},
                      {.tolerance = tolerance});
}

inline const ScoreDifference& score_called(const RowComparison& row, const std::string& name) {
  for (const ScoreDifference& score : row.scores)
    if (score.column.name == name) return score;
  throw std::out_of_range(name);
}

}  // namespace crossfold::testing
