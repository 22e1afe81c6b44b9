#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "crossfold/results/run_records.h"

namespace crossfold::page {

/// What stands in a column of fits.
enum class FitColumnKind {
  name,      ///< an index into `levels`
  quantity,  ///< likewise, where the levels are numbers as text
  number,    ///< times 10^-digits
};

/// One value of every fit, as the page shows it.
struct FitColumn {
  static constexpr std::int32_t kNone = std::numeric_limits<std::int32_t>::min();
  static constexpr std::int32_t kInfinite = std::numeric_limits<std::int32_t>::max();

  std::string key;    ///< as in CSV and JSON: "task_auc"; "parameter:lambda.from"
  std::string label;  ///< for people
  FitColumnKind kind = FitColumnKind::number;
  int digits = 0;                   ///< behind the point
  std::vector<std::string> levels;  ///< of names and quantities
  std::vector<std::int32_t> values;
};

/// The first bytes of a fit's id, which the page shows: enough to find it in the journal.
using FitIdHead = std::array<std::uint8_t, 6>;

/// The fits that were to be trained, in the plan's order, column by column.
struct FitColumns {
  std::vector<FitIdHead> ids;
  std::vector<FitColumn> columns;
};

/// Experiment, embedding set, candidate, split and state; the scores that the tables for people
/// have; what training came to; the parameters of drawn candidates. Scores have at most `digits`
/// behind the point (0 to 6), fewer where 32 bits cannot hold the largest. A column without any
/// value is left out.
[[nodiscard]] FitColumns fit_columns(const RunRecords& records, int digits);

}  // namespace crossfold::page
