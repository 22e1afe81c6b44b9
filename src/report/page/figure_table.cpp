#include "figure_table.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "html_text.h"

namespace crossfold::page {
namespace {

using Row = std::vector<std::string>;

std::optional<double> number_in(std::string_view text) {
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, code] = std::from_chars(text.data(), end, value);
  if (code != std::errc() || stop != end) return std::nullopt;
  return value;
}

std::string shown(const std::string& text) {
  const std::optional<double> number = number_in(text);
  constexpr std::size_t kShort = 6;
  if (number && text.size() > kShort && text.find('.') != std::string::npos)
    return fmt::format("{:.4g}", *number);
  return number ? html::escaped(text) : html::isolated(text);
}

/// Columns of words at the beginning; the last column is never one of them.
std::size_t heading_columns(const figure::Table& table) {
  std::size_t columns = 0;
  const auto is_word = [&](const Row& row) { return !number_in(row.at(columns)); };
  while (columns + 1 < table.columns.size() &&
         std::all_of(table.rows.begin(), table.rows.end(), is_word))
    ++columns;
  return columns;
}

/// Whether two rows share their headings up to that of `column`.
bool same_heading(const Row& a, const Row& b, std::size_t column) {
  return std::equal(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(column) + 1, b.begin());
}

/// The heading of the rows that share it, where they begin; nothing on those that follow.
std::string heading(const figure::Table& table, std::size_t row, std::size_t column) {
  const Row& cells = table.rows[row];
  if (row > 0 && same_heading(table.rows[row - 1], cells, column)) return {};
  std::size_t end = row + 1;
  while (end < table.rows.size() && same_heading(cells, table.rows[end], column)) ++end;
  if (end == row + 1) return "<th scope=\"row\">" + html::isolated(cells[column]);
  return fmt::format("<th scope=\"rowgroup\" rowspan=\"{}\">{}", end - row,
                     html::isolated(cells[column]));
}

}  // namespace

std::string figure_table(const figure::Table& table) {
  std::string out = "<table>\n<thead><tr>";
  for (const std::string& column : table.columns)
    out += "<th scope=\"col\">" + html::isolated(column) + "</th>";
  out += "</tr></thead>\n<tbody>\n";
  const std::size_t headings = heading_columns(table);
  for (std::size_t r = 0; r < table.rows.size(); ++r) {
    out += "<tr>";
    for (std::size_t c = 0; c < table.columns.size(); ++c)
      out += c < headings ? heading(table, r, c) : "<td>" + shown(table.rows[r][c]);
    out += "\n";
  }
  return out + "</tbody>\n</table>\n";
}

}  // namespace crossfold::page
