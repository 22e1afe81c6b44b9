#pragma once

#include <string>
#include <string_view>

#include "crossfold/report/report.h"

namespace crossfold {

enum class ReportFormat { text, markdown, latex, csv, json, html };
/// Tables with one row for each class, below the others.
enum class ClassTables { hidden, shown };

/// What stands between mean and sd in text: "+-" or "±".
enum class PlusMinus { ascii, unicode };

struct RenderOptions {
  int digits = 2;  ///< behind the decimal point, 0 to 15; text, Markdown, LaTeX
  ClassTables classes = ClassTables::shown;
  PlusMinus plus_minus = PlusMinus::ascii;  ///< text; the other formats have a sign of their own
};

/// The report in a format, as it goes to stdout or a file: UTF-8, ends with a line break.
/// Error{usage} when `digits` is out of range. Not html, which needs more than the report: see
/// render_page.
[[nodiscard]] std::string render_report(const Report& report, ReportFormat format,
                                        const RenderOptions& options = {});

/// Whether `text` is a report of the same study, at whatever stage of its run: what `rendered`,
/// made now in this format, may be written over.
[[nodiscard]] bool is_earlier_report(std::string_view text, std::string_view rendered,
                                     ReportFormat format);

/// T table 1 of any samples, as it stands in a report for a terminal: one table a role.
[[nodiscard]] std::string render_sample_counts(const SampleTable& samples);

/// CSV with one line for each drawn candidate of the report's sweeps, given up ones too: its
/// parameters, a column each (empty where it has none of that name), means over the splits it has,
/// which rules chose it. All digits.
[[nodiscard]] std::string render_candidates(const Report& report);

/// Aligned tables for a terminal.
[[nodiscard]] std::string render_text(const Report& report, const RenderOptions& options);
/// GitHub-flavoured Markdown.
[[nodiscard]] std::string render_markdown(const Report& report, const RenderOptions& options);
/// Tables to be included in a document that loads booktabs.
[[nodiscard]] std::string render_latex(const Report& report, const RenderOptions& options);
/// One line for each number: table, embedding, candidate, class, score; all digits.
[[nodiscard]] std::string render_csv(const Report& report);
/// data-schemas/report.schema.json; all digits, undefined is "nan", infinite "inf".
[[nodiscard]] std::string render_json(const Report& report);

}  // namespace crossfold
