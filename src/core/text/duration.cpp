#include "crossfold/core/duration.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <vector>

#include <fmt/format.h>

namespace crossfold {
namespace {

constexpr double kMinute = 60;
constexpr double kHour = 60 * kMinute;
constexpr double kDay = 24 * kHour;
constexpr std::size_t kMostDigits = 9;
constexpr std::string_view kDigits = "0123456789";

/// Cuts the digits off the front of `rest`; nothing where there are none, or too many.
std::optional<double> take_whole(std::string_view& rest) {
  const std::size_t digits = std::min(rest.find_first_not_of(kDigits), rest.size());
  if (digits == 0 || digits > kMostDigits) return std::nullopt;
  double value = 0;
  std::from_chars(rest.data(), rest.data() + digits, value);
  rest.remove_prefix(digits);
  return value;
}

bool take(std::string_view& rest, std::string_view word) {
  if (!rest.starts_with(word)) return false;
  rest.remove_prefix(word.size());
  return true;
}

/// A number that may have a fraction.
std::optional<double> take_number(std::string_view& rest) {
  const auto whole = take_whole(rest);
  if (!whole || !take(rest, ".")) return whole;
  const std::size_t before = rest.size();
  const auto fraction = take_whole(rest);
  if (!fraction) return std::nullopt;
  return *whole + *fraction / std::pow(10.0, static_cast<double>(before - rest.size()));
}

void skip_blanks(std::string_view& rest) {
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
}

/// Slurm's forms that have a colon or a dash.
std::optional<double> parse_slurm(std::string_view rest) {
  double days = 0;
  const bool has_days = rest.find('-') != std::string_view::npos;
  if (has_days) {
    const auto number = take_whole(rest);
    if (!number || !take(rest, "-")) return std::nullopt;
    days = *number;
  }
  std::vector<double> parts;
  do {
    const auto number = take_whole(rest);
    if (!number || parts.size() == 3) return std::nullopt;
    parts.push_back(*number);
  } while (take(rest, ":"));
  if (!rest.empty()) return std::nullopt;
  // With days the first part is hours; without, the last one is seconds.
  const double first_unit = has_days || parts.size() == 3 ? kHour : kMinute;
  double seconds = days * kDay;
  double unit = first_unit;
  for (const double part : parts) {
    seconds += part * unit;
    unit /= 60;
  }
  return seconds;
}

/// Numbers with units, from large to small.
std::optional<double> parse_units(std::string_view rest) {
  struct Unit {
    std::string_view name;
    double seconds;
  };
  constexpr std::array<Unit, 5> kUnits{
      {{"d", kDay}, {"h", kHour}, {"min", kMinute}, {"m", kMinute}, {"s", 1}}};
  double seconds = 0;
  double last_unit = 2 * kDay;
  while (!rest.empty()) {
    const auto number = take_number(rest);
    if (!number) return std::nullopt;
    skip_blanks(rest);
    const auto unit = std::find_if(kUnits.begin(), kUnits.end(),
                                   [&](const Unit& known) { return take(rest, known.name); });
    if (unit == kUnits.end() || unit->seconds >= last_unit) return std::nullopt;
    seconds += *number * unit->seconds;
    last_unit = unit->seconds;
    skip_blanks(rest);
  }
  return seconds;
}

}  // namespace

std::optional<double> parse_duration(std::string_view text, BareNumber bare) {
  if (text.empty() || kDigits.find(text.front()) == std::string_view::npos) return std::nullopt;
  if (text.find_first_of(":-") != std::string_view::npos) return parse_slurm(text);
  std::string_view rest = text;
  const auto number = take_number(rest);
  if (number && rest.empty()) return *number * (bare == BareNumber::minutes ? kMinute : 1);
  return parse_units(text);
}

std::string duration_text(double seconds) {
  constexpr double kMostHours = 100'000;  // beyond, an estimate says no more
  if (seconds > kMostHours * kHour) return fmt::format("more than {} h", kMostHours);
  const auto whole = static_cast<long long>(std::llround(std::max(0.0, seconds)));
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
  return fmt::format("{} h {} min", whole / 3600, whole % 3600 / 60);
}

std::string given_duration_text(double seconds) {
  const bool has_fraction = seconds > 0 && seconds < kHour && seconds != std::floor(seconds);
  if (!has_fraction) return duration_text(seconds);
  const double minutes = std::floor(seconds / kMinute);
  const std::string rest = fmt::format("{:.9g} s", seconds - minutes * kMinute);
  return minutes > 0 ? fmt::format("{} min {}", minutes, rest) : rest;
}

std::string slurm_time(double seconds) {
  const auto whole = static_cast<long long>(std::ceil(seconds));
  return fmt::format("{:02}:{:02}:{:02}", whole / 3600, whole % 3600 / 60, whole % 60);
}

}  // namespace crossfold
