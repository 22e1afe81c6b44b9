#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>

namespace crossfold {

/// A number that did not become the float32 it should have: the first of its kind, and how many.
struct OddNumber {
  std::size_t count = 0;
  double value = 0;
  std::size_t row = 0;
  std::size_t column = 0;

  void add(double number, std::size_t at_row, std::size_t at_column) {
    if (count++ == 0) {
      value = number;
      row = at_row;
      column = at_column;
    }
  }
};

/// Rounds the numbers of a matrix to float32 and keeps account of what that did to them.
class Narrowing {
 public:
  [[nodiscard]] float take(double number, std::size_t row, std::size_t column) {
    const auto narrow = static_cast<float>(number);
    if (!std::isfinite(narrow))
      (std::isfinite(number) ? too_large : not_finite).add(number, row, column);
    else if (number != static_cast<double>(narrow) && number == std::trunc(number))
      rounded_whole.add(number, row, column);
    return narrow;
  }

  OddNumber not_finite;
  OddNumber too_large;
  OddNumber rounded_whole;  ///< whole numbers beyond 2^24 that float32 does not hold
};

}  // namespace crossfold
