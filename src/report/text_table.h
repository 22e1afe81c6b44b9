#pragma once

#include <cstddef>
#include <string>

#include "crossfold/core/text_lines.h"

#include "layout.h"

namespace crossfold {

/// `text` in so many characters: numbers to the right, all else to the left.
[[nodiscard]] std::string padded(const std::string& text, std::size_t width, ColumnKind kind);

/// The columns and rows of a table, aligned.
[[nodiscard]] std::string text_grid(const PrintedTable& table);

}  // namespace crossfold
