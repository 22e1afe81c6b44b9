#pragma once

#include <string>
#include <string_view>

namespace crossfold {

/// Published tables write one thing in many ways; these bring them to one.

/// Capital letters of A to Z, blanks at the ends removed.
[[nodiscard]] std::string in_capitals(std::string_view text);

/// "M", "F", or what stands there.
[[nodiscard]] std::string sex_text(std::string_view text);

/// Years: "058Y" is 58, "006M" is 0.5, "014D" is 0.04; anything else stays ("50+", "61").
[[nodiscard]] std::string age_text(std::string_view text);

}  // namespace crossfold
