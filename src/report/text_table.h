#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "layout.h"

namespace crossfold {

/// Characters of UTF-8 text; good enough for columns of Latin, Greek or Cyrillic names.
[[nodiscard]] std::size_t width_of(std::string_view text);

/// `text` in so many characters: numbers to the right, all else to the left.
[[nodiscard]] std::string padded(const std::string& text, std::size_t width, ColumnKind kind);

/// `head` and a sentence behind it, broken at spaces; lines after the first are indented.
[[nodiscard]] std::string wrapped(const std::string& head, const std::string& sentence,
                                  std::size_t indent);

/// The columns and rows of a table, aligned.
[[nodiscard]] std::string text_grid(const PrintedTable& table);

}  // namespace crossfold
