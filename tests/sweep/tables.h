#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "crossfold/sweep/selection.h"

namespace crossfold::sweep {

inline ScoreTable table_of(const std::vector<std::vector<std::optional<double>>>& rows) {
  ScoreTable table(rows.size(), rows.empty() ? 0 : rows.front().size());
  for (std::size_t c = 0; c < rows.size(); ++c) {
    for (std::size_t split = 0; split < rows[c].size(); ++split)
      table.set(c, split, rows[c][split]);
  }
  return table;
}

/// Complete candidates with these task AUCs.
inline SelectionTables tables_of(const std::vector<std::vector<std::optional<double>>>& task_auc) {
  SelectionTables tables;
  tables.states.assign(task_auc.size(), CandidateState::complete);
  tables.task_auc = table_of(task_auc);
  return tables;
}

}  // namespace crossfold::sweep
