#pragma once

#include <string>
#include <vector>

#include "crossfold/report/render.h"
#include "crossfold/report/report.h"
#include "crossfold/results/run_records.h"

namespace crossfold {

/// The numbers behind a figure, as text. Each row is as long as `columns`.
struct PageTable {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
};

/// A figure as it stands in the page. All but `svg` is plain text, which the page escapes.
struct PageFigure {
  std::string id;           ///< a to z, 0 to 9 and '-', unique: "strip-task-auc"
  std::string title;        ///< what it is
  std::string caption;      ///< what went into it
  std::string how_to_read;  ///< one sentence
  std::string n;            ///< "150 fits of 3 candidates"
  /// One <svg> element, taken as it is: from a writer that escapes, without scripts, style
  /// attributes or references to other files.
  std::string svg;
  PageTable table;
};

/// The report as one HTML page that asks for no other file: every table that the text has, the
/// figures, and all fits that were to be trained, for a table and a scatter plot that scripts add.
/// `report` is made of `records`. Equal fits make equal bytes. Scores of single fits have two
/// digits more than `options.digits`, at most six. Error{usage} when `options.digits` is out of
/// range.
[[nodiscard]] std::string render_page(const RunRecords& records, const Report& report,
                                      const std::vector<PageFigure>& figures,
                                      const RenderOptions& options = {});

/// Whether `text` is a page of the study that `rendered` is of.
[[nodiscard]] bool is_earlier_page(std::string_view text, std::string_view rendered);

}  // namespace crossfold
