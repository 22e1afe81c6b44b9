#include "text_table.h"

#include <algorithm>

namespace crossfold {
namespace {

constexpr const char* kGap = "  ";

void end_line(std::string& out) {
  out.erase(out.find_last_not_of(' ') + 1);
  out += '\n';
}

}  // namespace

std::string padded(const std::string& text, std::size_t width, ColumnKind kind) {
  const std::size_t used = width_of(text);
  const std::string space(width > used ? width - used : 0, ' ');
  return kind == ColumnKind::number ? space + text : text + space;
}

std::string text_grid(const PrintedTable& table) {
  std::vector<std::size_t> widths;
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    std::size_t width = width_of(printable(table.columns[c].header));
    for (const std::vector<std::string>& row : table.rows)
      width = std::max(width, width_of(printable(row[c])));
    widths.push_back(width);
  }
  std::string rule;
  std::string out;
  for (std::size_t c = 0; c < widths.size(); ++c) {
    const PrintedColumn& column = table.columns[c];
    out += (c == 0 ? "" : kGap) + padded(printable(column.header), widths[c], column.kind);
    rule += (c == 0 ? "" : kGap) + std::string(widths[c], '-');
  }
  end_line(out);
  out += rule + '\n';
  for (std::size_t r = 0; r < table.rows.size(); ++r) {
    if (table.last_row_is_total && r + 1 == table.rows.size()) out += rule + '\n';
    for (std::size_t c = 0; c < widths.size(); ++c)
      out += (c == 0 ? "" : kGap) +
             padded(printable(table.rows[r][c]), widths[c], table.columns[c].kind);
    end_line(out);
  }
  return out;
}

}  // namespace crossfold
