#include "number_option.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <string_view>
#include <system_error>

#include "crossfold/core/error.h"
#include "crossfold/core/number_text.h"
#include "crossfold/samples/text_rules.h"

namespace crossfold::cli {
namespace {

/// Digits behind at most a minus sign, whatever type holds the number.
bool is_whole(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

template <class Value>
std::string wanted_by(const NumberBounds<Value>& bounds) {
  if constexpr (std::is_integral_v<Value>)
    return fmt::format("a whole number of {} to {}", bounds.low, bounds.high);
  else if (bounds.low == std::numeric_limits<Value>::lowest())
    return "a finite number, such as 0.5";
  else
    return fmt::format("a number of {} to {}", bounds.low, bounds.high);
}

}  // namespace

template <class Value>
Value read_number(const std::string& text, const NumberBounds<Value>& bounds,
                  const std::string& option) {
  const std::string_view number = without_plus(text);
  const char* const end = number.data() + number.size();
  Value value{};
  const auto [stop, error] = std::from_chars(number.data(), end, value);
  constexpr const char* kNone =
      std::is_integral_v<Value> ? "no whole number in decimal digits" : "no number";
  bool is_number = false;
  bool is_held = error == std::errc();  // by its type
  if constexpr (std::is_integral_v<Value>) {
    is_number = is_whole(number);
  } else {
    is_number = stop == end && !number.empty() && !std::isnan(value);
    if (is_number && !is_held) {
      value = rounded_out_of_range(number);  // 0, or infinity: beyond every bound
      is_held = true;
    }
  }
  const bool is_within = is_held && value >= bounds.low && value <= bounds.high;
  const char* const why = text.empty() ? "empty: is a variable of the shell unset?"
                          : is_number  ? "out of range"
                                       : kNone;
  CF_VALIDATE(is_number && is_within, ErrorCode::usage,
              fmt::format("is '{}' ({}). give {}", text, why, wanted_by(bounds)), option);
  return value;
}

template int read_number(const std::string&, const NumberBounds<int>&, const std::string&);
template std::uint32_t read_number(const std::string&, const NumberBounds<std::uint32_t>&,
                                   const std::string&);
template std::uint64_t read_number(const std::string&, const NumberBounds<std::uint64_t>&,
                                   const std::string&);
template double read_number(const std::string&, const NumberBounds<double>&, const std::string&);

}  // namespace crossfold::cli
