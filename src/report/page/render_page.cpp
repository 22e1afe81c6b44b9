#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/figure/svg.h"
#include "crossfold/report/page.h"

#include "base64.h"
#include "column_bytes.h"
#include "fit_columns.h"
#include "html_text.h"
#include "layout.h"
#include "page_assets.h"
#include "page_parts.h"
#include "security_policy.h"

namespace crossfold {
namespace {

using html::escaped;
using html::isolated;

constexpr int kMaxDigits = 15;       // as render_report has it
constexpr int kMaxDigitsOfFits = 6;  // 32 bits hold a score with so many

/// That of the page, and the palette of figures.
std::string style_sheet() { return std::string(page::style_sheet()) + figure::svg_style(); }

std::string head(const std::string& name) {
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<title>{} - crossfold report</title>\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n"
      "<meta name=\"generator\" content=\"crossfold\">\n<style>{}</style>\n</head>\n",
      escaped(name), html::security_policy(style_sheet(), page::script()), style_sheet());
}

std::string fact(const char* term, const std::string& html) {
  return fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", term, html);
}

std::string banner(const RunRecords& records, const Report& report, const PrintedReport& printed) {
  std::string out = "<header>\n<h1>" + isolated(printed.title) + "</h1>\n";
  out += fmt::format("<p class=\"status {}\">{}</p>\n<dl class=\"facts\">\n",
                     printed.complete ? "complete" : "incomplete", escaped(printed.status));
  out += fact("Fits planned", fmt::format("{}", report.fits.expected));
  out += fact("done", fmt::format("{}", report.fits.done));
  out += fact("failed", fmt::format("{}", report.fits.failed));
  out += fact("missing", fmt::format("{}", report.fits.missing));
  out += fact("Plan", "<code>" + records.plan.hash.hex() + "</code>");
  return out + "</dl>\n</header>\n";
}

/// The page below its header, and what leads to its parts.
class Body {
 public:
  void add_part(const std::string& id, const std::string& title, const std::string& html) {
    if (html.empty()) return;
    end_list();
    contents_ += fmt::format("<li><a href=\"#{}\">{}</a>", id, isolated(title));
    open_ = true;
    html_ += html;
  }
  void add_below(const std::string& id, const std::string& title) {
    contents_ += fmt::format("{}<li><a href=\"#{}\">{}</a></li>\n", has_list_ ? "" : "\n<ul>\n", id,
                             isolated(title));
    has_list_ = true;
  }
  [[nodiscard]] std::string finish() {
    end_list();
    return "<nav aria-labelledby=\"contents-title\">\n<h2 "
           "id=\"contents-title\">Contents</h2>\n<ul>\n" +
           contents_ + "</ul>\n</nav>\n<main id=\"main\" tabindex=\"-1\">\n" + html_ + "</main>\n";
  }

 private:
  void end_list() {
    if (has_list_) contents_ += "</ul>\n";
    if (open_) contents_ += "</li>\n";
    has_list_ = open_ = false;
  }

  std::string contents_;
  std::string html_;
  bool open_ = false;
  bool has_list_ = false;
};

void add_figures(const std::vector<figure::Figure>& figures, Body& body) {
  if (figures.empty()) return;
  const auto id_of = [](std::size_t i) { return fmt::format("figure-{}", i + 1); };
  std::string html =
      "<section id=\"figures\" aria-labelledby=\"figures-title\">\n<h2 "
      "id=\"figures-title\">Figures</h2>\n";
  for (std::size_t i = 0; i < figures.size(); ++i)
    html += page::figure_section(figures[i], id_of(i));
  body.add_part("figures", "Figures", html + "</section>\n");
  for (std::size_t i = 0; i < figures.size(); ++i) body.add_below(id_of(i), figures[i].title);
}

void add_tables(const std::vector<PrintedTable>& tables, Body& body) {
  if (tables.empty()) return;
  const auto id_of = [](std::size_t i) { return fmt::format("table-{}", i + 1); };
  std::string html =
      "<section id=\"tables\" aria-labelledby=\"tables-title\">\n<h2 "
      "id=\"tables-title\">Tables</h2>\n";
  for (std::size_t i = 0; i < tables.size(); ++i) html += page::table_section(tables[i], id_of(i));
  body.add_part("tables", "Tables", html + "</section>\n");
  for (std::size_t i = 0; i < tables.size(); ++i) body.add_below(id_of(i), tables[i].title);
}

std::string scripts(const page::FitColumns& fits) {
  const std::vector<std::uint8_t> bytes = page::deflated(page::column_bytes(fits));
  return fmt::format(
      "<script type=\"application/octet-stream\" id=\"fit-data\">{}</script>\n"
      "<script>{}</script>\n",
      html::base64(bytes), page::script());
}

}  // namespace

std::string render_page(const RunRecords& records, const Report& report,
                        const std::vector<figure::Figure>& figures, const RenderOptions& options) {
  CF_VALIDATE(options.digits >= 0 && options.digits <= kMaxDigits, ErrorCode::usage,
              fmt::format("{} digits cannot be printed (a number has 0 to {} behind its point). "
                          "give a number from 0 to {}",
                          options.digits, kMaxDigits, kMaxDigits));
  const NumberStyle style{
      .digits = options.digits, .plus_minus = "\u00b1", .minus = "\u2212", .infinity = "\u221e"};
  const PrintedReport printed = lay_out(report, options, style);
  const page::FitColumns fits =
      page::fit_columns(records, std::min(options.digits + 2, kMaxDigitsOfFits));

  Body body;
  body.add_part("notes", "Warnings and notes",
                page::list_section("notes", "Warnings and notes", printed.notes));
  add_figures(figures, body);
  add_tables(printed.tables, body);
  body.add_part("fits", "All fits", page::fits_section("fits", fits.ids.size()));
  body.add_part("legend", "How to read this", page::legend_section("legend", printed.legend));
  return head(printed.title) +
         "<body>\n<a class=\"skip\" href=\"#main\">Skip to the content</a>\n" +
         banner(records, report, printed) + body.finish() + scripts(fits) + "</body>\n</html>\n";
}

bool is_earlier_page(std::string_view text, std::string_view rendered) {
  constexpr std::string_view kEnd = " - crossfold report</title>";
  const std::size_t end = rendered.find(kEnd);
  return end != std::string_view::npos && text.starts_with(rendered.substr(0, end + kEnd.size()));
}

}  // namespace crossfold
