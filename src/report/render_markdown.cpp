#include <string_view>

#include "layout.h"

namespace crossfold {
namespace {

/// Plain words as Markdown: signs that would begin markup or end a table cell are escaped.
std::string escape(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) {
    if (std::string_view("\\`*_|<>#~$").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

std::string grid(const PrintedTable& table) {
  std::string out = "|";
  std::string rule = "|";
  for (const PrintedColumn& column : table.columns) {
    out += " " + escape(column.header) + " |";
    rule += column.kind == ColumnKind::number ? " ---: |" : " --- |";
  }
  out += "\n" + rule + "\n";
  for (std::size_t r = 0; r < table.rows.size(); ++r) {
    const bool total = table.last_row_is_total && r + 1 == table.rows.size();
    out += "|";
    for (std::size_t c = 0; c < table.columns.size(); ++c) {
      const std::string& cell = table.rows[r][c];
      const std::string text = table.columns[c].kind == ColumnKind::label ? escape(cell) : cell;
      out += total ? " **" + text + "** |" : " " + text + " |";
    }
    out += "\n";
  }
  return out;
}

}  // namespace

std::string render_markdown(const Report& report, const RenderOptions& options) {
  const NumberStyle style{
      .digits = options.digits, .plus_minus = "±", .infinity = "∞", .mark = "\\*", .less = "&lt;"};
  const PrintedReport printed = lay_out(report, options, style);
  std::string out = "# " + escape(printed.title) + "\n\n";
  out += (printed.complete ? printed.status : "**" + printed.status + "**") + "\n";
  for (const PrintedTable& table : printed.tables) {
    out += "\n## " + escape(table.title) + "\n\n" + escape(table.caption) + "\n\n" + grid(table);
    if (!table.footnotes.empty()) out += "\n";
    for (const std::string& footnote : table.footnotes) out += "- " + escape(footnote) + "\n";
  }
  out += "\n## How to read this\n\n";
  for (const Explanation& entry : printed.legend)
    out += "- **" + entry.term + "**: " + escape(entry.meaning) + "\n";
  if (!printed.notes.empty()) out += "\n## Notes\n\n";
  for (const std::string& note : printed.notes) out += "- " + escape(note) + "\n";
  return out;
}

}  // namespace crossfold
