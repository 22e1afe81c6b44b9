#include "crossfold/core/expected_time.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "crossfold/core/duration.h"

namespace crossfold {
namespace {

constexpr double kOneFigureUpTo = 1.25;  ///< most over least

struct Unit {
  double seconds;
  const char* name;
};

/// In which the longer of two times has at least two figures, or nearly.
Unit unit_for(double most_s) {
  constexpr double kMinute = 60;
  constexpr double kHour = 3600;
  if (most_s < 1.5 * kMinute) return {1, "s"};
  if (most_s < 1.5 * kHour) return {kMinute, "min"};
  return {kHour, "h"};
}

}  // namespace

std::string left_text(const ExpectedTime& time) {
  const double least_s = std::clamp(time.least_s, 0.0, time.seconds);
  const double most_s = std::max(time.most_s, time.seconds);
  const Unit unit = unit_for(most_s);
  const double least = std::floor(least_s / unit.seconds);
  const double most = std::ceil(most_s / unit.seconds);
  const bool is_known = most_s <= kOneFigureUpTo * least_s || most - least <= 1;
  constexpr double kMost_s = 100'000 * 3600.0;  // beyond, an estimate says no more
  if (is_known || (time.seconds > kMost_s && std::isfinite(most_s)))
    return duration_text(time.seconds) + " left";
  if (most_s > kMost_s) {
    const Unit of_least = unit_for(least_s);
    return fmt::format("at least {:.0f} {} left", std::floor(least_s / of_least.seconds),
                       of_least.name);
  }
  if (least < 1) return fmt::format("at most {:.0f} {} left", most, unit.name);
  return fmt::format("between {:.0f} and {:.0f} {} left", least, most, unit.name);
}

}  // namespace crossfold
