#include <cctype>
#include <string_view>

#include "layout.h"

namespace crossfold {
namespace {

std::string_view replacement(char c) {
  switch (c) {
    case '\\':
      return "\\textbackslash{}";
    case '~':
      return "\\textasciitilde{}";
    case '^':
      return "\\textasciicircum{}";
    case '<':
      return "\\textless{}";
    case '>':
      return "\\textgreater{}";
    case '|':
      return "\\textbar{}";
    case '"':
      return "\\textquotedbl{}";
    case '*':
      return "$^{*}$";
    case '&':
      return "\\&";
    case '%':
      return "\\%";
    case '$':
      return "\\$";
    case '#':
      return "\\#";
    case '_':
      return "\\_";
    case '{':
      return "\\{";
    case '}':
      return "\\}";
    default:
      return {};
  }
}

/// Plain words as LaTeX. A `[` at the beginning of a row would be read as an option of the line
/// break before it, so it stands in braces.
std::string escape(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) {
    const std::string_view replaced = replacement(c);
    if (!replaced.empty())
      out += replaced;
    else if (c == '[' && out.empty())
      out += "{[}";
    else
      out += c;
  }
  return out;
}

/// A label may hold no special sign.
std::string label_of(std::string_view key) {
  std::string out;
  for (const char c : key) out += std::isalnum(static_cast<unsigned char>(c)) ? c : '-';
  return out;
}

std::string row_of(const PrintedTable& table, const std::vector<std::string>& cells) {
  std::string out;
  for (std::size_t c = 0; c < cells.size(); ++c) {
    const bool label = table.columns[c].kind == ColumnKind::label;
    out += (c == 0 ? "    " : " & ") + (label ? escape(cells[c]) : cells[c]);
  }
  return out + " \\\\\n";
}

std::string grid(const PrintedTable& table) {
  std::string spec;
  std::string header;
  for (const PrintedColumn& column : table.columns) {
    spec += column.kind == ColumnKind::number ? 'r' : 'l';
    header += (header.empty() ? "    " : " & ") + escape(column.header);
  }
  std::string out =
      "  \\begin{tabular}{" + spec + "}\n    \\toprule\n" + header + " \\\\\n    \\midrule\n";
  for (std::size_t r = 0; r < table.rows.size(); ++r) {
    if (table.last_row_is_total && r + 1 == table.rows.size()) out += "    \\midrule\n";
    out += row_of(table, table.rows[r]);
  }
  return out + "    \\bottomrule\n  \\end{tabular}\n";
}

}  // namespace

std::string render_latex(const Report& report, const RenderOptions& options) {
  const NumberStyle style{.digits = options.digits,
                          .plus_minus = "$\\pm$",
                          .minus = "$-$",
                          .infinity = "$\\infty$",
                          .none = "--",
                          .mark = "$^{*}$",
                          .less = "$<$"};
  const PrintedReport printed = lay_out(report, options, style);
  std::string out = "% " + printable(printed.title) + ": " + printed.status +
                    "\n% needs \\usepackage[T1]{fontenc} and \\usepackage{booktabs}\n";
  for (const PrintedTable& table : printed.tables) {
    out += "\n\\begin{table}\n  \\centering\n  \\caption{" + escape(table.title) + ". " +
           escape(table.caption) + ".";
    for (const std::string& footnote : table.footnotes) out += " " + escape(footnote) + ".";
    out += "}\n  \\label{tab:" + label_of(table.key) + "}\n" + grid(table) + "\\end{table}\n";
  }
  out += "\n\\begin{description}\n";
  for (const Explanation& entry : printed.legend)
    out += "  \\item[{" + entry.term + "}] " + escape(entry.meaning) + ".\n";
  out += "\\end{description}\n";
  if (printed.complete && printed.notes.empty()) return out;
  out += "\n\\begin{itemize}\n";
  if (!printed.complete) out += "  \\item \\textbf{" + escape(printed.status) + "}\n";
  for (const std::string& note : printed.notes) out += "  \\item " + escape(note) + "\n";
  return out + "\\end{itemize}\n";
}

}  // namespace crossfold
