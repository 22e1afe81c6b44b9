#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "crossfold/results/run_records.h"

namespace crossfold::audit {

/// Which fold holds each row of the store out, for one experiment.
struct FoldTable {
  std::vector<std::vector<std::int32_t>> fold;  ///< [seeds][rows of the store]; -1: in no pool
  std::size_t folds = 0;

  /// Whether a model is ever trained on one of the rows and scored on the other.
  [[nodiscard]] bool crosses(std::size_t a, std::size_t b) const;
};

/// Dealt again, or as they were given.
[[nodiscard]] FoldTable fold_table(const RunRecords& records, std::size_t experiment);
/// Of each experiment.
[[nodiscard]] std::vector<FoldTable> fold_tables(const RunRecords& records);

}  // namespace crossfold::audit
