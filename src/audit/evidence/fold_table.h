#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "crossfold/results/run_records.h"

namespace crossfold::audit {

/// Which fold holds each row of the store out, for one experiment. Splits without folds are
/// divisions with one fold, 0, that is held out, and one, 1, that is trained on.
struct FoldTable {
  std::vector<std::vector<std::int32_t>> fold;  ///< [divisions][rows of the store]; -1: in none
  std::vector<std::string> names;  ///< of the divisions: "seed 2", "seed 2 without cohen"
  std::size_t folds = 0;           ///< that are held out
  std::uint32_t divisions_of_a_seed = 1;

  /// The folds that a fit was one of.
  [[nodiscard]] const std::vector<std::int32_t>& of(const Fit& fit) const;
  /// Whether a model is ever trained on one of the rows and scored on the other.
  [[nodiscard]] bool crosses(std::size_t a, std::size_t b) const;
};

/// Dealt again, or as they were given.
[[nodiscard]] FoldTable fold_table(const RunRecords& records, std::size_t experiment);
/// Of each experiment.
[[nodiscard]] std::vector<FoldTable> fold_tables(const RunRecords& records);

}  // namespace crossfold::audit
