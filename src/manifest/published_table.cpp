#include "published_table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crossfold/core/error.h"
#include "crossfold/samples/text_rules.h"

#include "import_counters.h"
#include "published_values.h"

namespace crossfold {

namespace fs = std::filesystem;

PublishedTable::PublishedTable(std::span<const fs::path> places, const Names& names) {
  const std::optional<fs::path> path = find_table(places, names);
  if (!path)
    throw Error(
        ErrorCode::bad_input,
        fmt::format("no {} in it (it says what the images show). name the folder as "
                    "published",
                    fmt::join(names, " or ")),
        fmt::format("{}", fmt::join(std::vector<std::string>(places.begin(), places.end()), ", ")));
  name_ = path->string();
  table_ = parse_csv(read_table_text(*path), name_);
}

std::optional<std::size_t> PublishedTable::find(const Names& names) const {
  for (const std::string_view name : names)
    for (std::size_t column = 0; column < table_.columns.size(); ++column)
      if (in_capitals(table_.columns[column]) == in_capitals(name)) return column;
  return std::nullopt;
}

std::size_t PublishedTable::required(const Names& names, ValidationErrors& errors) const {
  if (const auto column = find(names)) return *column;
  errors.add("line 1", fmt::format("has no column '{}' (its release has one). fetch the table "
                                   "again; it has {}",
                                   fmt::join(names, "' or '"), fmt::join(table_.columns, ", ")));
  return 0;
}

std::string PublishedTable::field(std::size_t row, std::optional<std::size_t> column) const {
  return column ? std::string(without_blanks(table_.rows[row][*column])) : std::string();
}

}  // namespace crossfold
