#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "crossfold/core/text_lines.h"
#include "crossfold/report/report.h"

namespace crossfold {

/// How numbers and signs are written in one format.
struct NumberStyle {
  int digits = 2;
  std::string_view plus_minus = "+-";
  std::string_view minus = "-";
  std::string_view infinity = "inf";
  std::string_view none = "-";  ///< no value
  std::string_view mark = "*";  ///< classes were left out
  std::string_view less = "<";
};

/// Fixed digits, without a sign in front of zero.
[[nodiscard]] std::string number_text(double value, int digits, const NumberStyle& style);
[[nodiscard]] std::string number_text(const std::optional<double>& value, int digits,
                                      const NumberStyle& style);

/// `0.83 +- 0.02`, mean and sd; the median alone for a diagnostic odds ratio. A cell that does not
/// rest on every fit ends in `(48/50)`, one whose fits lack classes in `*`.
[[nodiscard]] std::string cell_text(const ScoreCell& cell, Measure measure,
                                    const NumberStyle& style);

/// A p-value to three digits, `<0.001` below that.
[[nodiscard]] std::string p_value_text(double p, const NumberStyle& style);

/// `12 (11)`: images and patients; `none` where there is no image.
[[nodiscard]] std::string count_text(const SampleCount& count, const NumberStyle& style);

}  // namespace crossfold
