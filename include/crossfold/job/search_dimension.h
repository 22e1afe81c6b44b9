#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace crossfold {

/// How a coordinate u of the unit cube [0, 1) becomes a value.
enum class DimensionKind {
  uniform,  ///< low + u (high - low), rounded to 6 significant digits
  log,      ///< low (high / low)^u, rounded to 6 significant digits
  whole,    ///< low + floor(u (high - low + 1))
  choice,   ///< the option of index floor(u options)
};

/// One axis of a search space: a setting of a candidate that is drawn.
struct SearchDimension {
  /// Where an axis exists: only where an earlier one, a choice of branches, takes this option.
  struct Condition {
    std::size_t dimension = 0;
    std::size_t option = 0;
  };

  std::string key;  ///< path below the candidate: "lambda.from"
  DimensionKind kind = DimensionKind::uniform;
  double low = 0;           ///< uniform, log, whole
  double high = 0;          ///< uniform, log, whole; a value too
  std::size_t options = 0;  ///< choice: how many
  std::optional<Condition> only_if;
};

}  // namespace crossfold
