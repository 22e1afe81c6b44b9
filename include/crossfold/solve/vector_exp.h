#pragma once

#include <bit>
#include <cstdint>

namespace crossfold::solve {

/// exp(x) for x <= 0, within a unit in the last place, as plain arithmetic: a loop over it becomes
/// registers of the caller's instruction set, where std::exp is a call for each number. Below -708
/// it stays at exp(-708), 3e-308.
[[gnu::always_inline]] inline double exp_of_nonpositive(double x) {
  // x = n ln 2 + r with |r| <= ln 2 / 2. ln 2 in two parts, the first with enough zeros at its end
  // that n times it is exact.
  constexpr double kLn2High = 0x1.62e42fee00000p-1;
  constexpr double kLn2Low = 0x1.a39ef35793c76p-33;
  constexpr double kInverseLn2 = 0x1.71547652b82fep+0;
  constexpr double kRounds = 0x1.8p+52;  // added to a small number, leaves an integer at the end
  const double bounded = x < -708.0 ? -708.0 : x;
  const double shifted = bounded * kInverseLn2 + kRounds;
  const double n = shifted - kRounds;
  const double r = (bounded - n * kLn2High) - n * kLn2Low;
  // Taylor's series: the term left out is below 4e-18.
  double sum = 1.0 / 6227020800;
  sum = sum * r + 1.0 / 479001600;
  sum = sum * r + 1.0 / 39916800;
  sum = sum * r + 1.0 / 3628800;
  sum = sum * r + 1.0 / 362880;
  sum = sum * r + 1.0 / 40320;
  sum = sum * r + 1.0 / 5040;
  sum = sum * r + 1.0 / 720;
  sum = sum * r + 1.0 / 120;
  sum = sum * r + 1.0 / 24;
  sum = sum * r + 1.0 / 6;
  sum = sum * r + 0.5;
  sum = sum * r + 1.0;
  sum = sum * r + 1.0;
  const auto exponent = std::bit_cast<std::uint64_t>(shifted) << 52;  // n, at its place
  return std::bit_cast<double>(std::bit_cast<std::uint64_t>(sum) + exponent);
}

}  // namespace crossfold::solve
