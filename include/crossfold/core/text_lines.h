#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace crossfold {

/// Characters of UTF-8 text; good enough for columns of Latin, Greek or Cyrillic names.
[[nodiscard]] std::size_t width_of(std::string_view text);

/// `head` and a sentence behind it, broken at spaces so that lines hold about 100 characters; lines
/// after the first are indented. Ends with a line break.
[[nodiscard]] std::string wrapped(const std::string& head, const std::string& sentence,
                                  std::size_t indent);

/// One line of printable text: control characters, which could drive a terminal, become spaces.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace crossfold
