#include "split_columns.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace crossfold {
namespace {

std::string_view without_whitespace_around(std::string_view text) {
  constexpr std::string_view kWhitespace = " \t";
  const std::size_t first = text.find_first_not_of(kWhitespace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kWhitespace) - first + 1);
}

}  // namespace

SplitColumns find_split_columns(const CsvTable& table, ValidationErrors& errors) {
  const auto find = [&](std::string_view name) {
    const auto found = std::find_if(
        table.columns.begin(), table.columns.end(),
        [&](const std::string& column) { return without_whitespace_around(column) == name; });
    if (found == table.columns.end())
      errors.add("line 1", fmt::format("lacks the column '{}'. add it", name));
    return static_cast<std::size_t>(found - table.columns.begin());
  };
  SplitColumns columns;
  columns.experiment = find("experiment");
  columns.seed = find("seed");
  columns.fold = find("fold");
  columns.part = find("part");
  columns.id = find("id");
  return columns;
}

std::optional<std::uint32_t> split_number(std::string_view text) {
  std::uint32_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

}  // namespace crossfold
