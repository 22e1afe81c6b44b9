#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "crossfold/core/csv.h"
#include "crossfold/core/validation_errors.h"

namespace crossfold {

/// Where a split file has its columns.
struct SplitColumns {
  std::size_t experiment = 0;
  std::size_t seed = 0;
  std::size_t fold = 0;
  std::size_t part = 0;
  std::size_t id = 0;
};

/// Adds each column that is missing. Whitespace around a name does not matter.
[[nodiscard]] SplitColumns find_split_columns(const CsvTable& table, ValidationErrors& errors);

/// A seed or fold; nothing where it is no whole number from 0.
[[nodiscard]] std::optional<std::uint32_t> split_number(std::string_view text);

}  // namespace crossfold
