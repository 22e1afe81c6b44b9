#include "confounder_layout.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crossfold/core/counted.h"

namespace crossfold {
namespace {

using Places = std::vector<std::size_t>;  ///< of confounders in their table

Places confounders_within(const ReportTable& table, const std::string& class_label) {
  Places places;
  for (std::size_t i = 0; i < table.confounders.size(); ++i)
    if (table.confounders[i].within == class_label) places.push_back(i);
  return places;
}

/// "without a value: sex 3, age 31 of 494 samples"
std::string missing_text(const ReportTable& table, const Places& places) {
  std::vector<std::string> counts;
  for (const std::size_t i : places)
    counts.push_back(fmt::format("{} {}", table.confounders[i].of, table.confounders[i].missing));
  return fmt::format("without a value, and so left out: {} of {}", fmt::join(counts, ", "),
                     counted(table.confounders[places.front()].samples, "sample"));
}

/// A row's AUC of the task: of all classes, or of one against the rest.
const ScoreCell& task_cell(const ReportTable& table, const ReportRow& row,
                           const std::string& class_label) {
  if (table.target == Label::class_label)
    for (const ClassRow& of : row.classes)
      if (of.role == Role::in && of.level == class_label) return of.cells.front();
  return row.cells.front();
}

std::string task_header(const ReportTable& table, const std::string& class_label) {
  if (class_label.empty() || table.target != Label::class_label) return table.columns.front().label;
  return class_label + " AUC";
}

/// The cells of a row that a footnote explains.
struct Marks {
  bool undefined = false;  ///< (48/50)
  bool left_out = false;   ///< *
};

void note(const ScoreCell& cell, Marks& marks) {
  marks.undefined = marks.undefined || cell.summary.undefined > 0;
  marks.left_out = marks.left_out || cell.undefined_classes > 0;
}

std::vector<std::string> footnotes(const Marks& marks) {
  std::vector<std::string> notes;
  if (marks.undefined)
    notes.emplace_back(
        "a probe is undefined, and the fit left out, where the samples it may be fitted on have a "
        "single level, or the held-out fold has nothing to tell apart");
  if (marks.left_out)
    notes.emplace_back("*: levels that the held-out fold lacks are left out of a fit's mean");
  return notes;
}

PrintedTable confounder_table(const ReportTable& table, const Places& places,
                              const std::string& class_label, const NumberStyle& style) {
  PrintedTable printed;
  printed.columns = {{"embedding", ColumnKind::label},
                     {"candidate", ColumnKind::label},
                     {task_header(table, class_label), ColumnKind::score}};
  for (const std::size_t i : places) {
    const Confounder& confounder = table.confounders[i];
    printed.columns.push_back({confounder.of + " AUC", ColumnKind::score});
    if (confounder.is_number) printed.columns.push_back({confounder.of + " R2", ColumnKind::score});
  }
  Marks marks;
  for (const ReportRow& row : table.rows) {
    std::vector<std::string> cells{
        row.embedding, row.candidate,
        cell_text(task_cell(table, row, class_label), Measure::auc, style)};
    for (const std::size_t i : places) {
      const ConfounderCells& of = row.confounders[i];
      cells.push_back(cell_text(of.auc, Measure::auc, style));
      note(of.auc, marks);
      if (!of.r2) continue;
      cells.push_back(cell_text(*of.r2, Measure::auc, style));
      note(*of.r2, marks);
    }
    printed.rows.push_back(std::move(cells));
  }
  printed.footnotes = footnotes(marks);
  return printed;
}

}  // namespace

std::vector<PrintedTable> confounder_tables(const ReportTable& table, const NumberStyle& style) {
  std::vector<PrintedTable> tables;
  const Places pool = confounders_within(table, "");
  if (!table.confounders.empty() && !pool.empty()) {
    PrintedTable& printed = tables.emplace_back(confounder_table(table, pool, "", style));
    printed.key = table.experiment + "-confounders";
    printed.title = fmt::format("{}: what can be read off the features", table.experiment);
    printed.caption = fmt::format("Probes on the held-out folds; {}", missing_text(table, pool));
  }
  std::vector<std::string> classes;
  for (const Confounder& confounder : table.confounders)
    if (!confounder.within.empty() &&
        std::find(classes.begin(), classes.end(), confounder.within) == classes.end())
      classes.push_back(confounder.within);
  for (std::size_t k = 0; k < classes.size(); ++k) {
    const Places places = confounders_within(table, classes[k]);
    PrintedTable& printed = tables.emplace_back(confounder_table(table, places, classes[k], style));
    printed.key = fmt::format("{}-confounders-within-{}", table.experiment, k);
    printed.title = fmt::format("{}: what can be read off the features within class {}",
                                table.experiment, classes[k]);
    printed.caption = fmt::format("Probes fitted and scored on samples of this class alone; {}",
                                  missing_text(table, places));
  }
  return tables;
}

std::vector<Explanation> confounder_legend(const Report& report) {
  bool any = false, numbers = false;
  for (const ReportTable& table : report.tables)
    for (const Confounder& confounder : table.confounders) {
      any = true;
      numbers = numbers || confounder.is_number;
    }
  std::vector<Explanation> lines;
  if (any)
    lines.push_back({"AUC of what is read off",
                     "how well a logistic regression reads it off the features, on the held-out "
                     "fold; 0.5: not at all; of a number: in which third it lies"});
  if (numbers)
    lines.push_back({"R2",
                     "share of the variance of a number that a ridge regression explains on the "
                     "held-out fold; 0 or less: nothing"});
  return lines;
}

}  // namespace crossfold
