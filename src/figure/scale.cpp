#include "crossfold/figure/scale.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/error.h"

namespace crossfold::figure {
namespace {

constexpr double kMargin = 0.04;  ///< of the extent, beyond the outermost values
constexpr const char* kMinus = "\u2212";

struct Extent {
  double low = 0;
  double high = 0;
};

std::optional<Extent> extent_of(std::span<const double> values, double above) {
  std::optional<Extent> extent;
  for (const double value : values) {
    if (!std::isfinite(value) || value <= above) continue;
    if (!extent) extent = Extent{value, value};
    extent->low = std::min(extent->low, value);
    extent->high = std::max(extent->high, value);
  }
  return extent;
}

/// The smallest of 1, 2, 5 times a power of ten that is at least `rough`, and that power.
struct NiceStep {
  double size = 1;
  int exponent = 0;
};
NiceStep nice_step(double rough) {
  NiceStep step;
  step.exponent = static_cast<int>(std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    step.size = factor * std::pow(10.0, step.exponent);
    if (step.size >= rough * (1 - 1e-9)) return step;
  }
  ++step.exponent;
  step.size = std::pow(10.0, step.exponent);
  return step;
}

std::vector<Tick> linear_ticks(const Scale& scale, std::size_t most) {
  const double extent = scale.high - scale.low;
  NiceStep step = nice_step(extent / static_cast<double>(most));
  std::vector<Tick> found;
  for (;;) {
    found.clear();
    const auto first = static_cast<long long>(std::ceil(scale.low / step.size - 1e-9));
    const auto last = static_cast<long long>(std::floor(scale.high / step.size + 1e-9));
    const int decimals = std::max(0, -step.exponent);
    for (long long i = first; i <= last; ++i) {
      const double at = static_cast<double>(i) * step.size;
      found.push_back({at, number_label(at, decimals)});
    }
    if (found.size() <= most) return found;
    step = nice_step(step.size * 1.5);
  }
}

std::vector<Tick> decades(const Scale& scale, std::span<const double> factors) {
  std::vector<Tick> found;
  const int first = static_cast<int>(std::floor(std::log10(scale.low) + 1e-9));
  const int last = static_cast<int>(std::floor(std::log10(scale.high) + 1e-9));
  for (int exponent = first; exponent <= last; ++exponent)
    for (const double factor : factors) {
      const double at = factor * std::pow(10.0, exponent);
      if (at < scale.low * (1 - 1e-9) || at > scale.high * (1 + 1e-9)) continue;
      found.push_back({at, number_label(at, std::max(0, -exponent))});
    }
  return found;
}

std::vector<Tick> log_ticks(const Scale& scale, std::size_t most) {
  constexpr double kAll[] = {1, 2, 5};
  constexpr double kEnds[] = {1, 3};
  constexpr double kPowers[] = {1};
  std::vector<Tick> found = decades(scale, kAll);
  if (found.size() < 2) return linear_ticks(scale, most);
  if (found.size() > most) found = decades(scale, kEnds);
  if (found.size() > most) found = decades(scale, kPowers);
  if (found.size() < 2) return linear_ticks(scale, most);
  for (std::size_t every = 2; found.size() > most; ++every) {
    const std::vector<Tick> powers = decades(scale, kPowers);
    found.clear();
    for (std::size_t i = 0; i < powers.size(); i += every) found.push_back(powers[i]);
  }
  return found;
}

std::vector<Tick> category_ticks(const Scale& scale, std::size_t most) {
  const std::size_t n = scale.categories.size();
  const std::size_t every = n <= most ? 1 : (n + most - 1) / most;
  std::vector<Tick> found;
  for (std::size_t i = 0; i < n; ++i)
    found.push_back({static_cast<double>(i), i % every == 0 ? scale.categories[i] : ""});
  return found;
}

std::string power_of_ten(double value, int decimals) {
  const int exponent = static_cast<int>(std::floor(std::log10(std::abs(value)) + 1e-12));
  const double mantissa = value / std::pow(10.0, exponent);
  return number_label(mantissa, decimals) + "e" + number_label(exponent, 0);
}

}  // namespace

double Scale::position(double value) const {
  if (kind == ScaleKind::log) return std::log(value / low) / std::log(high / low);
  return (value - low) / (high - low);
}

Scale linear_scale(std::span<const double> values) {
  const Extent extent =
      extent_of(values, -std::numeric_limits<double>::infinity()).value_or(Extent{0, 1});
  double margin = (extent.high - extent.low) * kMargin;
  if (margin <= std::abs(extent.high) * 1e-9)
    margin = extent.high == 0 ? 1 : std::abs(extent.high) * 0.1;
  return linear_scale(extent.low - margin, extent.high + margin);
}

Scale linear_scale(double low, double high) {
  CF_EXPECT(low < high);
  return {.kind = ScaleKind::linear, .low = low, .high = high};
}

Scale log_scale(std::span<const double> values) {
  const Extent extent = extent_of(values, 0).value_or(Extent{1, 10});
  const double factor =
      extent.high > extent.low * (1 + 1e-9) ? std::pow(extent.high / extent.low, kMargin) : 2;
  return {.kind = ScaleKind::log, .low = extent.low / factor, .high = extent.high * factor};
}

Scale category_scale(std::vector<std::string> categories) {
  const double high = std::max<double>(1, static_cast<double>(categories.size())) - 0.5;
  return {
      .kind = ScaleKind::category, .low = -0.5, .high = high, .categories = std::move(categories)};
}

std::vector<Tick> ticks(const Scale& scale, std::size_t most) {
  most = std::max<std::size_t>(most, 2);
  switch (scale.kind) {
    case ScaleKind::linear:
      return linear_ticks(scale, most);
    case ScaleKind::log:
      return log_ticks(scale, most);
    case ScaleKind::category:
      return category_ticks(scale, most);
  }
  return {};
}

std::string number_label(double value, int decimals) {
  if (!std::isfinite(value)) return std::isnan(value) ? "NaN" : value > 0 ? "inf" : "\u2212inf";
  const double size = std::abs(value);
  if (size != 0 && (size >= 1e6 || size < 1e-4)) return power_of_ten(value, size >= 1e6 ? 1 : 0);
  std::string text = fmt::format("{:.{}f}", size, decimals);
  const bool is_zero = text.find_first_not_of("0.") == std::string::npos;
  return value < 0 && !is_zero ? kMinus + text : text;
}

std::string short_number(double value, int significant) {
  if (!std::isfinite(value) || value == 0) return number_label(value, 0);
  const int exponent = static_cast<int>(std::floor(std::log10(std::abs(value))));
  std::string text = number_label(value, std::clamp(significant - 1 - exponent, 0, 12));
  const std::size_t point = text.find('.');
  if (point == std::string::npos || text.find('e') != std::string::npos) return text;
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

}  // namespace crossfold::figure
