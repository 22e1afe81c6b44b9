#include "layout.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crossfold/core/counted.h"

#include "confounder_layout.h"
#include "gaps.h"
#include "matrix_layout.h"
#include "sweep_layout.h"

namespace crossfold {
namespace {

/// "3000 images of 2900 patients"
std::string images_of(const SampleCount& count) {
  return fmt::format("{} of {}", counted(count.images, "image"),
                     counted(count.patients, "patient"));
}

std::string_view label_word(Label label) {
  return label == Label::class_label ? "class" : "domain";
}

std::vector<std::string> cells_of(const std::string& head, const std::vector<SampleCount>& counts,
                                  const SampleCount& total, const NumberStyle& style) {
  std::vector<std::string> row{head};
  for (const SampleCount& count : counts) row.push_back(count_text(count, style));
  row.push_back(count_text(total, style));
  return row;
}

/// How many splits there are and how they were made.
std::string splits_of(const ReportTable& table) {
  switch (table.scheme) {
    case SplitScheme::hold_out:
      return fmt::format("{}, each with patients of its own held out",
                         counted(table.seeds, "seed"));
    case SplitScheme::leave_out:
      return fmt::format("{} left out in {} x {}", table.left_out_by, counted(table.folds, "turn"),
                         counted(table.seeds, "seed"));
    default:
      return fmt::format("{} folds x {} seeds, stratified by {}", table.folds, table.seeds,
                         label_word(table.stratify));
  }
}

/// "50 fits a row (10 folds x 5 seeds, stratified by class) on ...; 1000 images out of sample"
std::string experiment_caption(const ReportTable& table) {
  const std::size_t fits = table.rows.empty() ? 0 : table.rows.front().fits.expected;
  std::string text = fmt::format("{} fits a row", fits);
  if (fits == table.folds * table.seeds) text += fmt::format(" ({})", splits_of(table));
  text += fmt::format(" on {}; {} {}: {}", images_of(table.pool), table.levels.size(),
                      table.target == Label::class_label ? "classes" : "domains",
                      fmt::join(table.levels, ", "));
  if (table.oos.images > 0) text += fmt::format("; out of sample: {}", images_of(table.oos));
  return text;
}

bool has_place(const ReportTable& table, ColumnPlace place) {
  return std::any_of(table.columns.begin(), table.columns.end(),
                     [&](const ReportColumn& column) { return column.place == place; });
}

/// Mean epochs, for candidates that are trained by epochs.
std::string epochs_text(const ReportRow& row, const NumberStyle& style) {
  return row.epochs ? number_text(row.epochs->mean, 0, style) : std::string(style.none);
}

PrintedTable score_table(const ReportTable& table, ColumnPlace place, const NumberStyle& style) {
  PrintedTable printed;
  printed.columns = {{"embedding", ColumnKind::label}, {"candidate", ColumnKind::label}};
  for (const ReportColumn& column : table.columns) {
    if (column.place != place) continue;
    const bool median = column.measure == Measure::diagnostic_odds_ratio;
    printed.columns.push_back({column.label + (median ? " (median)" : ""), ColumnKind::score});
  }
  const bool epochs =
      place == ColumnPlace::main && std::any_of(table.rows.begin(), table.rows.end(),
                                                [](const ReportRow& row) { return row.epochs; });
  if (epochs) printed.columns.push_back({"epochs", ColumnKind::number});

  for (const ReportRow& row : table.rows) {
    std::vector<std::string> cells{row.embedding, row.candidate};
    for (std::size_t c = 0; c < table.columns.size(); ++c)
      if (table.columns[c].place == place)
        cells.push_back(cell_text(row.cells[c], table.columns[c].measure, style));
    if (epochs) cells.push_back(epochs_text(row, style));
    printed.rows.push_back(std::move(cells));
  }
  printed.footnotes = table_footnotes(table, place);
  return printed;
}

PrintedTable main_table(const ReportTable& table, const NumberStyle& style) {
  PrintedTable printed = score_table(table, ColumnPlace::main, style);
  printed.key = table.experiment + "-scores";
  printed.title =
      fmt::format("{}: how well the {} is predicted", table.experiment, label_word(table.target));
  printed.caption = experiment_caption(table);
  return printed;
}

PrintedTable two_class_table(const ReportTable& table, const NumberStyle& style) {
  PrintedTable printed = score_table(table, ColumnPlace::two_class, style);
  printed.key = table.experiment + "-two-classes";
  printed.title = fmt::format("{}: two classes at threshold 0.5", table.experiment);
  printed.caption =
      fmt::format("Positive: {}. Negative: {}", table.levels.at(1), table.levels.at(0));
  return printed;
}

PrintedTable class_table(const ReportTable& table, Role role, const NumberStyle& style) {
  PrintedTable printed;
  const bool in = role == Role::in;
  printed.key = table.experiment + (in ? "-classes-in" : "-classes-oos");
  printed.title = fmt::format("{}: per {}, {}", table.experiment, label_word(table.target),
                              in ? "held-out folds" : "out of sample");
  printed.caption = fmt::format("Each {} against the rest; images: how many of it there are {}",
                                label_word(table.target), in ? "in the pool" : "out of sample");
  printed.columns = {{"embedding", ColumnKind::label},
                     {"candidate", ColumnKind::label},
                     {std::string(label_word(table.target)), ColumnKind::label},
                     {"images", ColumnKind::number},
                     {"AUC", ColumnKind::score},
                     {"sensitivity", ColumnKind::score},
                     {"specificity", ColumnKind::score},
                     {"precision", ColumnKind::score},
                     {"F1", ColumnKind::score}};
  bool undefined = false;
  for (const ReportRow& row : table.rows) {
    for (const ClassRow& of : row.classes) {
      if (of.role != role) continue;
      std::vector<std::string> cells{row.embedding, row.candidate, of.level,
                                     fmt::format("{}", of.support)};
      for (const ScoreCell& cell : of.cells) {
        cells.push_back(cell_text(cell, Measure::auc, style));
        undefined = undefined || cell.summary.undefined > 0;
      }
      printed.rows.push_back(std::move(cells));
    }
  }
  if (undefined)
    printed.footnotes.emplace_back(
        "a class score is undefined, and the fit left out, where the scored samples have none of "
        "the class (AUC, sensitivity), nothing else (AUC, specificity), or the model never names "
        "the class (precision)");
  return printed;
}

PrintedTable error_table(const ReportTable& table, const NumberStyle& style) {
  PrintedTable printed;
  printed.key = table.experiment + "-errors";
  printed.title = fmt::format("{}: corrected standard errors", table.experiment);
  printed.caption =
      "The sd is the spread over the fits, the se the error of the mean, corrected for overlapping "
      "training sets "
      "(Nadeau and Bengio 2003), with its 95 % interval";
  printed.columns = {{"embedding", ColumnKind::label}, {"candidate", ColumnKind::label},
                     {"score", ColumnKind::label},     {"n", ColumnKind::number},
                     {"mean", ColumnKind::number},     {"sd", ColumnKind::number},
                     {"se", ColumnKind::number},       {"95 % interval", ColumnKind::score}};
  const int digits = style.digits + 1;
  for (const ReportRow& row : table.rows) {
    for (std::size_t c = 0; c < table.columns.size(); ++c) {
      const ReportColumn& column = table.columns[c];
      if (column.place != ColumnPlace::main || !column.no_error_reason.empty()) continue;
      const ScoreCell& cell = row.cells[c];
      const std::string n = cell.whole() ? fmt::format("{}", cell.summary.n)
                                         : fmt::format("{}/{}", cell.summary.n, cell.fits.expected);
      const std::string interval =
          cell.interval ? fmt::format("{} to {}", number_text(cell.interval->low, digits, style),
                                      number_text(cell.interval->high, digits, style))
                        : std::string(style.none);
      printed.rows.push_back({row.embedding, row.candidate, column.label, n,
                              number_text(cell.summary.mean, digits, style),
                              number_text(cell.summary.sd, digits, style),
                              number_text(cell.standard_error, digits, style), interval});
    }
  }
  std::map<std::string, std::vector<std::string>> without;  // labels by reason
  for (const ReportColumn& column : table.columns)
    if (column.place == ColumnPlace::main && !column.no_error_reason.empty())
      without[column.no_error_reason].push_back(column.label);
  for (const auto& [reason, labels] : without)
    printed.footnotes.push_back(
        fmt::format("no corrected error for {}: {}", fmt::join(labels, ", "), reason));
  return printed;
}

std::string bagged_text(const BootstrappedScore& score, const NumberStyle& style) {
  if (!score.interval) return std::string(style.none);
  return fmt::format("{} ({} to {})", number_text(score.mean, style.digits, style),
                     number_text(score.interval->interval.low, style.digits, style),
                     number_text(score.interval->interval.high, style.digits, style));
}

PrintedTable interval_table(const ReportTable& table, const NumberStyle& style) {
  PrintedTable printed;
  printed.key = table.experiment + "-intervals";
  printed.title = fmt::format("{}: 95 % intervals over patients", table.experiment);
  printed.caption = fmt::format(
      "Mean over the fits and the middle 95 % of it over {} bootstrap bags of the patients scored "
      "(percentiles), for sets that all fits of a row score alike. The models are not trained "
      "again",
      table.bags);
  printed.columns = {{"embedding", ColumnKind::label}, {"candidate", ColumnKind::label},
                     {"scored on", ColumnKind::label}, {"images (patients)", ColumnKind::number},
                     {"fits", ColumnKind::number},     {"AUC", ColumnKind::score},
                     {"ACC", ColumnKind::score}};
  bool undefined = false;
  for (const IntervalRow& row : table.intervals) {
    printed.rows.push_back({row.embedding, row.candidate, row.set, count_text(row.scored, style),
                            fmt::format("{}", row.fits), bagged_text(row.auc, style),
                            bagged_text(row.acc, style)});
    for (const BootstrappedScore* score : {&row.auc, &row.acc})
      undefined = undefined || (score->interval && score->interval->undefined > 0);
  }
  if (undefined)
    printed.footnotes.emplace_back(
        "bags without the classes that a score needs are left out of its interval");
  return printed;
}

PrintedTable comparison_table(const ReportTable& table, const NumberStyle& style) {
  PrintedTable printed;
  printed.key = table.experiment + "-comparisons";
  printed.title = fmt::format("{}: candidates against the first one", table.experiment);
  printed.caption =
      "Corrected paired t-tests over the same splits (Nadeau and Bengio 2003), two-sided; the last "
      "column is adjusted over the candidates compared (Holm)";
  printed.columns = {{"embedding", ColumnKind::label}, {"candidate", ColumnKind::label},
                     {"against", ColumnKind::label},   {"score", ColumnKind::label},
                     {"pairs", ColumnKind::number},    {"difference", ColumnKind::number},
                     {"t", ColumnKind::number},        {"p", ColumnKind::number},
                     {"p (Holm)", ColumnKind::number}};
  for (const Comparison& of : table.comparisons) {
    const ReportColumn& column = table.columns[of.column];
    if (column.place != ColumnPlace::main) continue;
    std::vector<std::string> cells{of.embedding, of.candidate, of.reference, column.label};
    const std::size_t expected = table.rows.front().fits.expected;
    const std::size_t n = of.test ? of.test->n : 0;
    cells.push_back(n == expected ? fmt::format("{}", n) : fmt::format("{}/{}", n, expected));
    if (of.test)
      cells.insert(cells.end(), {number_text(of.test->mean_difference, style.digits + 1, style),
                                 number_text(of.test->t, 2, style), p_value_text(of.test->p, style),
                                 p_value_text(of.p_holm.value_or(1), style)});
    else
      cells.insert(cells.end(), 4, std::string(style.none));
    printed.rows.push_back(std::move(cells));
  }
  return printed;
}

/// Explains only what occurs.
std::vector<Explanation> legend(const Report& report, const NumberStyle& style) {
  bool task = false;
  bool oos = false;
  bool two_class = false;
  bool gaps = false;
  std::set<Label> probes;
  for (const ReportTable& table : report.tables) {
    task = task || table.target == Label::class_label;
    two_class = two_class || has_place(table, ColumnPlace::two_class);
    if (table.probe) probes.insert(*table.probe);
    for (const ReportColumn& column : table.columns) oos = oos || column.scored_on == ScoredOn::oos;
    for (const ReportRow& row : table.rows)
      for (const ScoreCell& cell : row.cells) gaps = gaps || !cell.whole();
  }
  std::vector<Explanation> lines;
  lines.push_back({fmt::format("{} {} {}", number_text(0.83, 2, style), style.plus_minus,
                               number_text(0.02, 2, style)),
                   "mean and standard deviation over the fits of a row (one fit: one candidate "
                   "trained on one split); the spread of single fits, not the error of the mean"});
  if (gaps)
    lines.push_back({"(48/50)",
                     "only 48 of 50 fits are behind the number; the rest failed, are "
                     "missing or have no defined score"});
  lines.push_back({"AUC",
                   "area under the ROC curve, one class against the rest, mean over the "
                   "classes; 0.5 is guessing"});
  lines.push_back(
      {"ACC", "mean of the recalls of the classes; guessing gives 1 over their number"});
  if (task) lines.push_back({"task", "the class, predicted on the held-out fold"});
  if (oos) lines.push_back({"oos", "the same model, scored on the out-of-sample samples"});
  for (const Label probe : probes)
    lines.push_back({fmt::format("{} AUC", label_word(probe)),
                     fmt::format("how well a logistic regression reads the {} off the features, on "
                                 "the held-out fold; 0.5: not at all",
                                 label_word(probe))});
  if (two_class)
    lines.push_back({"BA, DOR",
                     "balanced accuracy (sens + spec) / 2; diagnostic odds ratio sens "
                     "spec / ((1 - sens) (1 - spec))"});
  for (Explanation& entry : confounder_legend(report)) lines.push_back(std::move(entry));
  for (Explanation& entry : sweep_legend(report)) lines.push_back(std::move(entry));
  return lines;
}

std::string status_line(const FitCounts& fits) {
  if (fits.complete()) return fmt::format("all {} fits done", fits.expected);
  std::string text = fmt::format("INCOMPLETE: {} of {} fits done", fits.done, fits.expected);
  if (fits.failed > 0) text += fmt::format(", {} failed", fits.failed);
  if (fits.missing > 0) text += fmt::format(", {} missing", fits.missing);
  return text;
}

}  // namespace

PrintedTable sample_table(const SampleCounts& counts, const NumberStyle& style) {
  PrintedTable table;
  const bool in = counts.role == Role::in;
  table.key = in ? "samples-in" : "samples-oos";
  table.title = in ? "Samples of the pool (role in), class by domain"
                   : "Samples out of the pool (role oos), class by domain";
  table.caption = fmt::format("{}; each cell gives images (patients)", images_of(counts.total));
  table.columns.push_back({"class", ColumnKind::label});
  for (const std::string& domain : counts.domains)
    table.columns.push_back({domain, ColumnKind::number});
  table.columns.push_back({"all", ColumnKind::number});
  for (std::size_t i = 0; i < counts.classes.size(); ++i)
    table.rows.push_back(
        cells_of(counts.classes[i], counts.cells[i], counts.class_totals[i], style));
  table.rows.push_back(cells_of("all", counts.domain_totals, counts.total, style));
  table.last_row_is_total = true;

  std::size_t patients = 0;
  for (const std::vector<SampleCount>& row : counts.cells)
    for (const SampleCount& cell : row) patients += cell.patients;
  if (patients != counts.total.patients)
    table.footnotes.emplace_back(
        "some patients stand in more than one cell, so that patients do not add up to the totals");
  return table;
}

PrintedReport lay_out(const Report& report, const RenderOptions& options,
                      const NumberStyle& style) {
  PrintedReport printed;
  printed.title = report.name;
  printed.status = status_line(report.fits);
  printed.complete = report.complete;
  const auto add = [&](PrintedTable table) {
    if (!table.rows.empty()) printed.tables.push_back(std::move(table));
  };
  for (const SampleCounts& counts : report.samples) add(sample_table(counts, style));
  for (const std::string& matrix : matrices_of(report)) {
    add(matrix_auc_table(report, matrix, style));
    add(matrix_table(report, matrix, style));
  }
  for (const ReportTable& table : report.tables) {
    if (!table.matrix.empty()) {  // stands in its matrix
      add(interval_table(table, style));
      continue;
    }
    add(main_table(table, style));
    add(turn_table(table, style));
    add(interval_table(table, style));
    if (has_place(table, ColumnPlace::two_class)) add(two_class_table(table, style));
    for (PrintedTable& confounders : confounder_tables(table, style)) add(std::move(confounders));
    for (PrintedTable& printed_sweep : sweep_tables(table, style)) add(std::move(printed_sweep));
    if (report.corrected == CorrectedErrors::hidden) continue;
    add(error_table(table, style));
    add(comparison_table(table, style));
  }
  if (options.classes == ClassTables::shown)
    for (const ReportTable& table : report.tables)
      for (const Role role : {Role::in, Role::oos})
        if (table.matrix.empty()) add(class_table(table, role, style));

  printed.legend = legend(report, style);
  printed.notes = gap_notes(report);
  for (const std::string& warning : report.warnings) printed.notes.push_back("WARNING: " + warning);
  printed.notes.insert(printed.notes.end(), report.notes.begin(), report.notes.end());
  printed.notes.insert(printed.notes.end(), report.reading_notes.begin(),
                       report.reading_notes.end());
  return printed;
}

}  // namespace crossfold
