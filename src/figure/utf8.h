#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace crossfold::figure {

/// The characters of a text that may hold anything: what is no UTF-8 becomes U+FFFD, line breaks
/// and tabs a space; other control characters, characters that XML 1.0 forbids, and those that
/// would turn the direction of the text around them (U+202A to 202E, U+2066 to 2069) are dropped.
[[nodiscard]] std::vector<char32_t> code_points(std::string_view text);

[[nodiscard]] std::string utf8(const std::vector<char32_t>& code_points);

/// The text as it is shown: utf8(code_points(text)).
[[nodiscard]] std::string clean_text(std::string_view text);

}  // namespace crossfold::figure
