#pragma once

#include <string>

namespace crossfold {

/// A time to come, and between which two it is in four of five cases; the later one is infinite
/// where nothing is known but the earlier.
struct ExpectedTime {
  double seconds = 0;
  double least_s = 0;
  double most_s = 0;
  bool operator==(const ExpectedTime&) const = default;
};

/// "3 min 20 s left"; where it is not known within a tenth or so, "between 2 and 5 min left", "at
/// most 5 min left" or "at least 2 min left".
[[nodiscard]] std::string left_text(const ExpectedTime& time);

}  // namespace crossfold
