#pragma once

#include <cstdint>
#include <string>

#include "crossfold/figure/figure.h"

namespace crossfold::figure {

enum class Paper { light, dark };

struct Rgb {
  std::uint8_t red = 0;
  std::uint8_t green = 0;
  std::uint8_t blue = 0;
  /// "#0072b2"
  [[nodiscard]] std::string hex() const;
};

[[nodiscard]] Rgb rgb(Colour colour, Paper paper = Paper::light);
/// What figures are drawn on.
[[nodiscard]] Rgb rgb(Paper paper);
/// "blue", as in the CSS classes.
[[nodiscard]] const char* name_of(Colour colour);

/// From 1 (equal) to 21 (WCAG 2.1, contrast ratio of relative luminances).
[[nodiscard]] double contrast(const Rgb& a, const Rgb& b);

}  // namespace crossfold::figure
