// How well models trained on one set do on others.

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "figure_place.h"
#include "matrix_layout.h"

namespace crossfold {
namespace {

using namespace figure;  // NOLINT(google-build-using-namespace): the words of pictures

using Parts = std::vector<const ReportTable*>;

std::string why_no_matrix(const FigurePlace& place) {
  if (place.table->matrix.empty()) return "the experiment has one training set (no 'train')";
  return place.rows().empty() ? "no fit is done" : "";
}

/// The row of a candidate in a part; nullptr where it has none.
const ReportRow* find_row(const FigurePlace& place, const ReportTable& part,
                          const std::string& candidate) {
  const std::string& embedding = place.records().job.embeddings[place.embedding];
  for (const ReportRow& row : part.rows)
    if (row.embedding == embedding && row.candidate == candidate) return &row;
  return nullptr;
}

/// 0.5, guessing, has no colour, 1 all of it.
double strength_of(double auc) { return std::clamp(2 * (auc - 0.5), 0.0, 1.0); }

std::string text_of(const stats::Summary& auc) {
  if (!auc.sd) return fmt::format("{:.2f}", *auc.mean);
  return fmt::format("{:.2f} \u00b1 {:.2f}", *auc.mean, *auc.sd);
}

Panel matrix_panel(const FigurePlace& place, const Parts& parts, const std::string& candidate,
                   Figure& figure) {
  std::vector<std::string> trained, scored;
  for (const ReportTable* part : parts) trained.push_back(part->train);
  for (const SetCount& set : parts.front()->sets) scored.push_back(set.name);
  Cells cells{.series = candidate, .cells = {}};
  for (std::size_t y = 0; y < parts.size(); ++y) {
    const ReportRow* const row = find_row(place, *parts[y], candidate);
    if (row == nullptr) continue;
    for (std::size_t x = 0; x < scored.size(); ++x) {
      const ScoreCell* const cell = find_cell(*parts[y], *row, x, Measure::auc);
      if (cell == nullptr) continue;
      const stats::Summary& auc = cell->summary;
      figure.table.rows.push_back({candidate, trained[y], scored[x], std::to_string(auc.n),
                                   cell_text(auc.mean), cell_text(auc.sd)});
      cells.cells.push_back({.at = {static_cast<double>(x), static_cast<double>(y)},
                             .share = auc.mean ? strength_of(*auc.mean) : 0,
                             .text = auc.mean ? text_of(auc) : "none"});
    }
  }
  Panel panel{
      .title = candidate,
      .x = {.scale = category_scale(scored), .label = "scored on", .grid = GridLines::hidden},
      .y = {.scale = category_scale(trained), .label = "trained on", .grid = GridLines::hidden},
      .height = std::min(480.0, 40 + 46.0 * static_cast<double>(trained.size()))};
  panel.marks.emplace_back(std::move(cells));
  return panel;
}

Figure matrix_figure(const FigurePlace& place, const FigureKind& kind) {
  Figure figure = begin_figure(place, kind);
  const Parts parts = parts_of_matrix(place.source->report, place.table->matrix);
  figure.table.columns = {"candidate", "trained_on", "scored_on", "fits", "auc_mean", "auc_sd"};
  std::size_t fits = 0;
  for (const ReportRow* row : place.rows()) {
    figure.panels.push_back(matrix_panel(place, parts, row->candidate, figure));
    for (const ReportTable* part : parts)
      if (const ReportRow* of = find_row(place, *part, row->candidate)) fits += of->fits.done;
  }
  // Names of sets and numbers stand side by side in a panel.
  figure.panel_columns = parts.front()->sets.size() > 3 ? 1 : 2;
  figure.caption =
      "AUC (mean and standard deviation over fits) of models trained on a row's set and scored on "
      "a column's, on samples of patients that they are not trained on; colour from 0.5 to 1.";
  figure.how_to_read =
      "A strong diagonal in a pale matrix says that a model knows its own set and not the disease.";
  figure.n = fmt::format("n = {} of {}", counted_text(fits, "fit"),
                         counted_text(place.rows().size(), "candidate"));
  return figure;
}

}  // namespace

std::vector<FigureKind> matrix_figures() {
  return {{"matrix", "AUC by training set and scored set", why_no_matrix, matrix_figure,
           FigureOccasion::always, FigureScope::matrix}};
}

}  // namespace crossfold
