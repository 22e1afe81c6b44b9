#include "matrix_layout.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crossfold/core/counted.h"
#include "crossfold/job/names.h"

namespace crossfold {
namespace {

/// What people read of one set, in their order.
std::vector<Measure> measures_of(const ReportTable& table) {
  if (table.levels.size() != 2) return {Measure::auc, Measure::acc, Measure::accuracy};
  return {Measure::sensitivity,
          Measure::specificity,
          Measure::f1,
          Measure::accuracy,
          Measure::balanced_accuracy,
          Measure::auc,
          Measure::diagnostic_odds_ratio};
}

const char* header_of(Measure measure) {
  switch (measure) {
    case Measure::auc:
      return "AUC";
    case Measure::acc:
      return "ACC";
    case Measure::accuracy:
      return "accuracy";
    case Measure::balanced_accuracy:
      return "BA";
    case Measure::diagnostic_odds_ratio:
      return "DOR (median)";
    case Measure::sensitivity:
      return "sensitivity";
    case Measure::specificity:
      return "specificity";
    case Measure::f1:
      return "F1";
  }
  return "";
}

std::string cell_of(const ReportTable& table, const ReportRow& row, std::size_t set,
                    Measure measure, const NumberStyle& style) {
  const ScoreCell* cell = find_cell(table, row, set, measure);
  return cell == nullptr ? std::string(style.none) : cell_text(*cell, measure, style);
}

std::string count_of(const SetCount& set) {
  return fmt::format("{} {} of {}", set.name, counted(set.all.images, "image"),
                     counted(set.all.patients, "patient"));
}

/// Rows of all parts, those of one embedding set and candidate together.
struct MatrixRow {
  const ReportTable* part = nullptr;
  const ReportRow* row = nullptr;
};

std::vector<MatrixRow> rows_of(const std::vector<const ReportTable*>& parts) {
  std::vector<MatrixRow> rows;
  for (const ReportTable* part : parts)
    for (const ReportRow& row : part->rows) rows.push_back({part, &row});
  std::vector<std::pair<std::string, std::string>> order;
  for (const MatrixRow& one : rows) {
    const std::pair key{one.row->embedding, one.row->candidate};
    if (std::find(order.begin(), order.end(), key) == order.end()) order.push_back(key);
  }
  const auto place = [&](const MatrixRow& one) {
    return std::find(order.begin(), order.end(),
                     std::pair{one.row->embedding, one.row->candidate}) -
           order.begin();
  };
  std::stable_sort(rows.begin(), rows.end(),
                   [&](const MatrixRow& a, const MatrixRow& b) { return place(a) < place(b); });
  return rows;
}

const char* how_divided(SplitScheme scheme) {
  switch (scheme) {
    case SplitScheme::hold_out:
      return "Every set is scored on its part that a seed holds out of training, the same patients "
             "for every training set";
    default:
      return "Every set is scored on its samples of patients whom a fit does not train on";
  }
}

}  // namespace

std::vector<std::string> matrices_of(const Report& report) {
  std::vector<std::string> names;
  for (const ReportTable& table : report.tables)
    if (!table.matrix.empty() && std::find(names.begin(), names.end(), table.matrix) == names.end())
      names.push_back(table.matrix);
  return names;
}

std::vector<const ReportTable*> parts_of_matrix(const Report& report, const std::string& matrix) {
  std::vector<const ReportTable*> parts;
  for (const ReportTable& table : report.tables)
    if (table.matrix == matrix) parts.push_back(&table);
  return parts;
}

const ScoreCell* find_cell(const ReportTable& table, const ReportRow& row, std::size_t set,
                           Measure measure) {
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    const ReportColumn& column = table.columns[c];
    if (column.scored_on == ScoredOn::set && column.set == set && column.measure == measure)
      return &row.cells[c];
  }
  return nullptr;
}

PrintedTable matrix_table(const Report& report, const std::string& matrix,
                          const NumberStyle& style) {
  const std::vector<const ReportTable*> parts = parts_of_matrix(report, matrix);
  const ReportTable& first = *parts.front();
  PrintedTable printed;
  printed.key = matrix + "-matrix";
  printed.title = fmt::format("{}: by what is trained on and what is scored", matrix);
  std::vector<std::string> sets;
  for (const SetCount& set : first.sets) sets.push_back(count_of(set));
  printed.caption =
      fmt::format("{}. {}{}", how_divided(first.scheme), fmt::join(sets, ", "),
                  first.levels.size() == 2
                      ? fmt::format("; positive: {}, at threshold 0.5", first.levels.back())
                      : "");
  printed.columns = {{"embedding", ColumnKind::label},
                     {"candidate", ColumnKind::label},
                     {"trained on", ColumnKind::label},
                     {"scored on", ColumnKind::label}};
  const std::vector<Measure> measures = measures_of(first);
  for (const Measure measure : measures)
    printed.columns.push_back({header_of(measure), ColumnKind::score});
  for (const MatrixRow& of : rows_of(parts))
    for (std::size_t set = 0; set < of.part->sets.size(); ++set) {
      std::vector<std::string> cells{of.row->embedding, of.row->candidate, of.part->train,
                                     of.part->sets[set].name};
      for (const Measure measure : measures)
        cells.push_back(cell_of(*of.part, *of.row, set, measure, style));
      printed.rows.push_back(std::move(cells));
    }
  return printed;
}

PrintedTable matrix_auc_table(const Report& report, const std::string& matrix,
                              const NumberStyle& style) {
  const std::vector<const ReportTable*> parts = parts_of_matrix(report, matrix);
  PrintedTable printed;
  printed.key = matrix + "-matrix-auc";
  printed.title = fmt::format("{}: AUC, trained on a row's set and scored on a column's", matrix);
  printed.caption = how_divided(parts.front()->scheme);
  printed.columns = {{"embedding", ColumnKind::label},
                     {"candidate", ColumnKind::label},
                     {"trained on", ColumnKind::label}};
  for (const SetCount& set : parts.front()->sets)
    printed.columns.push_back({set.name, ColumnKind::score});
  for (const MatrixRow& of : rows_of(parts)) {
    std::vector<std::string> cells{of.row->embedding, of.row->candidate, of.part->train};
    for (std::size_t set = 0; set < of.part->sets.size(); ++set)
      cells.push_back(cell_of(*of.part, *of.row, set, Measure::auc, style));
    printed.rows.push_back(std::move(cells));
  }
  return printed;
}

PrintedTable turn_table(const ReportTable& table, const NumberStyle& style) {
  PrintedTable printed;
  printed.key = table.experiment + "-left-out";
  printed.title = fmt::format("{}: by the {} that is left out of training", table.experiment,
                              table.left_out_by);
  printed.caption =
      fmt::format("{} per row; what is left out is scored", counted(table.seeds, "fit"));
  printed.columns = {{"embedding", ColumnKind::label},
                     {"candidate", ColumnKind::label},
                     {"left out", ColumnKind::label}};
  for (const ReportColumn& column : table.columns)
    if (column.place == ColumnPlace::main)
      printed.columns.push_back({column.label, ColumnKind::score});
  for (const ReportRow& row : table.rows)
    for (const TurnRow& turn : row.turns) {
      std::vector<std::string> cells{row.embedding, row.candidate, turn.left_out};
      for (std::size_t c = 0; c < table.columns.size(); ++c)
        if (table.columns[c].place == ColumnPlace::main)
          cells.push_back(cell_text(turn.cells[c], table.columns[c].measure, style));
      printed.rows.push_back(std::move(cells));
    }
  return printed;
}

}  // namespace crossfold
