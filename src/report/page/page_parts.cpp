#include "page_parts.h"

#include <algorithm>

#include <fmt/format.h>

#include "crossfold/core/counted.h"
#include "crossfold/figure/svg.h"

#include "figure_table.h"
#include "html_text.h"

namespace crossfold::page {
namespace {

using html::escaped;
using html::isolated;

constexpr std::size_t kPrintedRows = 40;  // of a figure's table: half a page
constexpr double kPanelWidth = 364;       // pixels: what a telephone of 390 has beside the margins

std::string cell(const PrintedColumn& column, const std::string& text, bool is_heading) {
  if (is_heading) return "<th scope=\"row\">" + isolated(text) + "</th>";
  if (column.kind == ColumnKind::label) return "<td>" + isolated(text) + "</td>";
  return "<td class=\"number\">" + escaped(text) + "</td>";
}

/// What does not fit scrolls, by keyboard too. Tables of many rows are laid out where they are in
/// sight.
std::string scrolling(const std::string& title, const std::string& inner, std::size_t rows = 0) {
  constexpr std::size_t kMany = 200;
  return fmt::format(
      "<div class=\"scroll{}\" role=\"region\" tabindex=\"0\" aria-label=\"{}\">\n{}</div>\n",
      rows > kMany ? " long" : "", escaped(title), inner);
}

/// The names at the beginning of a row say what its numbers are of.
std::size_t heading_columns(const PrintedTable& table) {
  const auto first_number =
      std::find_if(table.columns.begin(), table.columns.end(),
                   [](const PrintedColumn& column) { return column.kind != ColumnKind::label; });
  return std::max<std::size_t>(1, static_cast<std::size_t>(first_number - table.columns.begin()));
}

std::string grid(const PrintedTable& table) {
  std::string out = "<table>\n<caption>" + isolated(table.caption) + "</caption>\n<thead><tr>";
  for (const PrintedColumn& column : table.columns)
    out += fmt::format("<th scope=\"col\"{}>{}</th>",
                       column.kind == ColumnKind::label ? "" : " class=\"number\"",
                       isolated(column.header));
  out += "</tr></thead>\n<tbody>\n";
  const std::size_t headings = heading_columns(table);
  for (std::size_t r = 0; r < table.rows.size(); ++r) {
    const bool total = table.last_row_is_total && r + 1 == table.rows.size();
    out += total ? "<tr class=\"total\">" : "<tr>";
    for (std::size_t c = 0; c < table.columns.size(); ++c)
      out += cell(table.columns[c], table.rows[r][c], c < headings);
    out += "</tr>\n";
  }
  return out + "</tbody>\n</table>\n";
}

/// Panels side by side as far as there is room, so that one drawing of them serves every screen.
std::string picture(const figure::Figure& figure, const std::string& id) {
  const figure::SvgParts parts = figure::svg_parts(figure, id, kPanelWidth);
  std::string out;
  if (!parts.swatches.empty()) out += "<ul class=\"swatches\">\n";
  for (std::size_t i = 0; i < parts.swatches.size(); ++i)
    out += fmt::format("<li>{}{}</li>\n", parts.swatches[i], isolated(figure.legend[i].label));
  if (!parts.swatches.empty()) out += "</ul>\n";
  out += parts.panels.size() == 1    ? "<div class=\"panels alone\">\n"
         : figure.panel_columns == 2 ? "<div class=\"panels in-pairs\">\n"
                                     : "<div class=\"panels\">\n";
  for (const std::string& panel : parts.panels) out += panel;
  return out + "</div>\n";
}

std::string numbers(const figure::Figure& figure) {
  const figure::Table& table = figure.summary ? *figure.summary : figure.table;
  const bool is_long = table.rows.size() > kPrintedRows;
  std::string out =
      fmt::format("<details{}><summary>Show as table</summary>\n",
                  is_long ? " class=\"long\"" : "") +
      scrolling(figure.title + ", as a table", figure_table(table), table.rows.size());
  if (figure.summary)
    out += fmt::format(
        "<p class=\"how\">A summary of {0}. All of them: <code>crossfold report RUN --figure {1} "
        "-o "
        "{1}.csv</code></p>\n",
        counted(figure.table.rows.size(), "row"), escaped(figure.id));
  return out + "</details>\n";
}

}  // namespace

std::string table_section(const PrintedTable& table, const std::string& id) {
  std::string out = fmt::format(
      "<section class=\"table\" id=\"{0}\">\n"
      "<h3>{1}</h3>\n",
      id, isolated(table.title));
  out += scrolling(table.title, grid(table), table.rows.size());
  if (!table.footnotes.empty()) {
    out += "<ul class=\"footnotes\">\n";
    for (const std::string& note : table.footnotes) out += "<li>" + isolated(note) + "</li>\n";
    out += "</ul>\n";
  }
  return out + "</section>\n";
}

std::string figure_section(const figure::Figure& figure, const std::string& id) {
  std::string out = fmt::format("<section class=\"figure\" id=\"{}\">\n<h3>{}</h3>\n<figure>\n", id,
                                isolated(figure.title));
  out += picture(figure, id);
  out += fmt::format(
      "<figcaption><p>{} <span class=\"n\">{}.</span></p>\n<p class=\"how\">How to read it: {}"
      "</p></figcaption>\n</figure>\n",
      isolated(figure.caption), isolated(figure.n), isolated(figure.how_to_read));
  return out + numbers(figure) + "</section>\n";
}

std::string list_section(const std::string& id, const std::string& title,
                         const std::vector<std::string>& sentences) {
  if (sentences.empty()) return {};
  std::string out = fmt::format(
      "<section id=\"{0}\" aria-labelledby=\"{0}-title\">\n"
      "<h2 id=\"{0}-title\">{1}</h2>\n<ul>\n",
      id, escaped(title));
  for (const std::string& sentence : sentences) out += "<li>" + isolated(sentence) + "</li>\n";
  return out + "</ul>\n</section>\n";
}

std::string legend_section(const std::string& id, const std::vector<Explanation>& legend) {
  std::string out = fmt::format(
      "<section id=\"{0}\" aria-labelledby=\"{0}-title\">\n"
      "<h2 id=\"{0}-title\">How to read this</h2>\n<dl class=\"legend\">\n",
      id);
  for (const Explanation& entry : legend)
    out += "<dt>" + escaped(entry.term) + "</dt><dd>" + escaped(entry.meaning) + "</dd>\n";
  return out + "</dl>\n</section>\n";
}

std::string fits_section(const std::string& id, std::size_t fits) {
  return fmt::format(
      "<section id=\"{0}\" aria-labelledby=\"{0}-title\">\n<h2 id=\"{0}-title\">All fits</h2>\n"
      "<p class=\"without-scripts\">{1}. The list of them, which can be filtered and sorted, and "
      "their scatter plot need scripts. `crossfold report RUN --format json --fits` has the same "
      "numbers.</p>\n<div id=\"fit-explorer\"></div>\n</section>\n",
      id, counted(fits, "fit"));
}

}  // namespace crossfold::page
