#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "crossfold/report/render.h"

#include "cell_text.h"

namespace crossfold {

/// What stands in a column, which decides how it is aligned and escaped.
enum class ColumnKind {
  label,   ///< a name, left
  score,   ///< text of cell_text and the like, left
  number,  ///< a number, right
};

struct PrintedColumn {
  std::string header;
  ColumnKind kind = ColumnKind::label;
};

/// A table for people, the same in text, Markdown and LaTeX. Labels and sentences are plain words
/// that the format escapes; scores and numbers are already written in its NumberStyle.
struct PrintedTable {
  std::string key;      ///< short and unique: "table3-scores"
  std::string title;    ///< what it is
  std::string caption;  ///< what went into it
  std::vector<PrintedColumn> columns;
  std::vector<std::vector<std::string>> rows;  ///< each as long as `columns`
  bool last_row_is_total = false;
  std::vector<std::string> footnotes;  ///< what the marks in it mean
};

/// One line of the explanations at the end: a term, written in the format's style, and its meaning.
struct Explanation {
  std::string term;
  std::string meaning;
};

/// Everything that a report for people shows, in order.
struct PrintedReport {
  std::string title;
  std::string status;  ///< how many fits are behind it
  bool complete = true;
  std::vector<PrintedTable> tables;
  std::vector<Explanation> legend;
  std::vector<std::string> notes;
};

/// T table 1 for one role.
[[nodiscard]] PrintedTable sample_table(const SampleCounts& counts, const NumberStyle& style);

[[nodiscard]] PrintedReport lay_out(const Report& report, const RenderOptions& options,
                                    const NumberStyle& style);

}  // namespace crossfold
