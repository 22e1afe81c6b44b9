#include "cell_text.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace crossfold {

std::string number_text(double value, int digits, const NumberStyle& style) {
  if (std::isnan(value)) return std::string(style.none);
  std::string text = std::isinf(value) ? std::string(style.infinity)
                                       : fmt::format("{:.{}f}", std::abs(value), digits);
  const bool zero = text.find_first_not_of("0.") == std::string::npos;
  if (value < 0 && !zero) text.insert(0, style.minus);
  return text;
}

std::string number_text(const std::optional<double>& value, int digits, const NumberStyle& style) {
  return value ? number_text(*value, digits, style) : std::string(style.none);
}

std::string cell_text(const ScoreCell& cell, Measure measure, const NumberStyle& style) {
  const bool median = measure == Measure::diagnostic_odds_ratio;
  const stats::Summary& of = cell.summary;
  std::string text = number_text(median ? of.median : of.mean, style.digits, style);
  if (!median && of.sd)
    text += fmt::format(" {} {}", style.plus_minus, number_text(*of.sd, style.digits, style));
  if (!cell.whole()) text += fmt::format(" ({}/{})", of.n, cell.fits.expected);
  if (cell.undefined_classes > 0) text += style.mark;
  return text;
}

std::string p_value_text(double p, const NumberStyle& style) {
  return p < 0.001 ? fmt::format("{}0.001", style.less) : fmt::format("{:.3f}", p);
}

std::string count_text(const SampleCount& count, const NumberStyle& style) {
  if (count.images == 0) return std::string(style.none);
  return fmt::format("{} ({})", count.images, count.patients);
}

}  // namespace crossfold
