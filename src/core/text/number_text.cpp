#include "crossfold/core/number_text.h"

#include <charconv>
#include <limits>

namespace crossfold {

double rounded_out_of_range(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const auto exponent_at = text.find_first_of("eE");
  std::string_view exponent =
      exponent_at == std::string_view::npos ? "0" : text.substr(exponent_at + 1);
  if (exponent.starts_with('+')) exponent.remove_prefix(1);
  const bool shrinks = exponent.starts_with('-');
  long power = 0;
  if (std::from_chars(exponent.data(), exponent.data() + exponent.size(), power).ec != std::errc())
    power = shrinks ? std::numeric_limits<int>::min() : std::numeric_limits<int>::max();

  // The power of ten of the first digit that counts.
  const std::string_view digits = text.substr(0, exponent_at);
  const auto point = static_cast<long>(
      digits.find('.') == std::string_view::npos ? digits.size() : digits.find('.'));
  const auto first = digits.find_first_of("123456789");
  if (first == std::string_view::npos) return negative ? -0.0 : 0.0;
  const long magnitude = power + point - static_cast<long>(first);
  const double value = magnitude > 0 ? std::numeric_limits<double>::infinity() : 0.0;
  return negative ? -value : value;
}

}  // namespace crossfold
