#include "text_table.h"

#include <algorithm>

namespace crossfold {
namespace {

constexpr std::size_t kLineWidth = 100;
constexpr const char* kGap = "  ";

void end_line(std::string& out) {
  out.erase(out.find_last_not_of(' ') + 1);
  out += '\n';
}

}  // namespace

std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

std::string padded(const std::string& text, std::size_t width, ColumnKind kind) {
  const std::size_t used = width_of(text);
  const std::string space(width > used ? width - used : 0, ' ');
  return kind == ColumnKind::number ? space + text : text + space;
}

std::string wrapped(const std::string& head, const std::string& sentence, std::size_t indent) {
  std::string out = head;
  std::size_t used = width_of(head);
  bool line_is_empty = true;
  for (std::size_t at = 0; at < sentence.size();) {
    const std::size_t space = std::min(sentence.find(' ', at), sentence.size());
    const std::string word = sentence.substr(at, space - at);
    at = space + 1;
    if (!line_is_empty && used + 1 + width_of(word) > kLineWidth) {
      out += '\n' + std::string(indent, ' ');
      used = indent;
      line_is_empty = true;
    }
    out += (line_is_empty ? "" : " ") + word;
    used += width_of(word) + (line_is_empty ? 0 : 1);
    line_is_empty = false;
  }
  return out + '\n';
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
