// Every fit of a row as a dot, and every split's difference to the baseline.

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/stats/student_t.h"

#include "columns.h"
#include "figure_place.h"

namespace crossfold {
namespace {

using namespace figure;  // NOLINT(google-build-using-namespace): the words of pictures

constexpr std::size_t kShapesUpTo = 5000;  ///< fits; beyond, shapes cannot be told apart
constexpr std::size_t kRowsUpTo = 400;     ///< of a page's table
constexpr double kLanesTop = 0.1;          ///< dots lie below the middle of a row, boxes above
constexpr double kLanesBottom = 0.42;

struct DotStyle {
  double size = 5;
  double row_height = 56;
};
DotStyle style_for(std::size_t rows) {
  if (rows <= 8) return {5, 56};
  if (rows <= 24) return {3.6, 34};
  return {2.2, 14};
}

/// Quartiles, and whiskers to the outermost values within 1.5 times their distance (Tukey 1977).
Box box_of(std::vector<double> values, double at) {
  std::sort(values.begin(), values.end());
  Box box{.at = at,
          .quartile_low = quantile(values, 0.25),
          .median = quantile(values, 0.5),
          .quartile_high = quantile(values, 0.75)};
  const double reach = 1.5 * (box.quartile_high - box.quartile_low);
  box.whisker_low = *std::lower_bound(values.begin(), values.end(), box.quartile_low - reach);
  box.whisker_high =
      *(std::upper_bound(values.begin(), values.end(), box.quartile_high + reach) - 1);
  return box;
}

/// Where a fit's dot lies across its row: seeds in lanes, folds spread inside.
double across(const ReportTable& table, const FitRow& fit) {
  const auto seeds = static_cast<double>(std::max<std::size_t>(table.seeds, 1));
  const auto folds = static_cast<double>(std::max<std::size_t>(table.folds, 1));
  const double share = (fit.seed.value + (fit.fold.value + 0.5) / folds) / seeds;
  return kLanesTop + std::min(share, 1.0) * (kLanesBottom - kLanesTop);
}

std::vector<const ReportColumn*> strip_columns(const FigurePlace& place) {
  std::vector<const ReportColumn*> columns;
  for (const ReportColumn& column : place.table->columns)
    if (column.measure == Measure::auc) columns.push_back(&column);
  return columns;
}

/// Dots of one look.
using DotGroups = std::map<std::pair<CandidateKind, std::size_t>, std::vector<XY>>;

void add_dots(Panel& panel, const DotGroups& groups, const DotStyle& style) {
  for (const auto& [look, at] : groups)
    panel.marks.emplace_back(
        Points{.series = fmt::format("{}, seed {}", kind_text(look.first), look.second),
               .at = at,
               .shape = series_shape(look.second),
               .colour = colour_of(look.first),
               .size = style.size,
               .opacity = 0.75});
}

Panel strip_panel(const FigurePlace& place, const ReportColumn& column, bool shapes) {
  const std::vector<const ReportRow*> rows = place.rows();
  const auto index = static_cast<std::size_t>(&column - place.table->columns.data());
  const DotStyle style = style_for(rows.size());
  std::vector<std::string> names;
  std::vector<double> all;
  DotGroups dots;
  Boxes boxes{.series = "quartiles", .half_width = 0.1, .colour = Colour::muted};
  ErrorBars intervals{.series = "corrected interval", .width = 1.8};
  Points means{.series = "means", .shape = Shape::diamond, .colour = Colour::ink, .size = 7};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto y = static_cast<double>(i);
    names.push_back(rows[i]->candidate);
    std::vector<double> values;
    for (const FitRow& fit : rows[i]->fit_rows) {
      if (!fit.result || fit.result->failed()) continue;
      const std::optional<double> value = value_of(*fit.result, column);
      if (!value) continue;
      values.push_back(*value);
      dots[{rows[i]->kind, shapes ? fit.seed.value : 0}].push_back(
          {*value, y + across(*place.table, fit)});
    }
    if (values.empty()) continue;
    all.insert(all.end(), values.begin(), values.end());
    boxes.boxes.push_back(box_of(values, y - 0.3));
    const ScoreCell& cell = rows[i]->cells[index];
    if (!cell.summary.mean) continue;
    means.at.push_back({*cell.summary.mean, y - 0.08});
    if (!cell.interval) continue;
    intervals.bars.push_back(
        {{*cell.summary.mean, y - 0.08}, cell.interval->low, cell.interval->high});
    all.insert(all.end(), {cell.interval->low, cell.interval->high});
  }
  Panel panel{.title = {},
              .x = {.scale = linear_scale(all), .label = column.label},
              .y = {.scale = category_scale(names), .label = {}, .grid = GridLines::hidden},
              .height = std::max(60.0, style.row_height * static_cast<double>(rows.size()))};
  panel.marks.emplace_back(boxes);
  add_dots(panel, dots, style);
  panel.marks.emplace_back(intervals);
  panel.marks.emplace_back(means);
  return panel;
}

void add_kind_legend(Figure& figure, const std::vector<const ReportRow*>& rows) {
  for (const CandidateKind kind :
       {CandidateKind::linear, CandidateKind::baseline, CandidateKind::disentangled})
    if (std::any_of(rows.begin(), rows.end(),
                    [&](const ReportRow* row) { return row->kind == kind; }))
      figure.legend.push_back(
          {.label = kind_text(kind), .swatch = Swatch::area, .colour = colour_of(kind)});
}

void add_seed_legend(Figure& figure, std::size_t seeds) {
  for (std::size_t seed = 0; seed < std::min<std::size_t>(seeds, 7); ++seed)
    figure.legend.push_back({.label = fmt::format("seed {}", seed),
                             .colour = Colour::muted,
                             .shape = series_shape(seed)});
}

std::string why_no_strip(const FigurePlace& place) {
  return place.rows().empty() ? "no fit is done" : "";
}

/// Quartiles of each row's scores, for pages on which a row a fit would be too many.
Table quartiles_of(const FigurePlace& place) {
  Table table{.columns = {"candidate", "score", "fits", "min", "q1", "median", "q3", "max"},
              .rows = {}};
  for (const ReportRow* row : place.rows())
    for (const ReportColumn* column : strip_columns(place)) {
      std::vector<double> values;
      for (const FitRow& fit : row->fit_rows)
        if (fit.result && !fit.result->failed())
          if (const auto value = value_of(*fit.result, *column)) values.push_back(*value);
      if (values.empty()) continue;
      std::sort(values.begin(), values.end());
      table.rows.push_back({row->candidate, column->label, std::to_string(values.size())});
      for (const double share : {0.0, 0.25, 0.5, 0.75, 1.0})
        table.rows.back().push_back(cell_text(quantile(values, share)));
    }
  return table;
}

Figure strip_figure(const FigurePlace& place, const FigureKind& kind) {
  Figure figure = begin_figure(place, kind);
  const std::vector<const ReportRow*> rows = place.rows();
  std::size_t fits = 0;
  for (const ReportRow* row : rows) fits += row->fits.done;
  const bool shapes = fits <= kShapesUpTo && place.table->seeds > 1;
  for (const ReportColumn* column : strip_columns(place))
    figure.panels.push_back(strip_panel(place, *column, shapes));
  add_kind_legend(figure, rows);
  if (shapes) add_seed_legend(figure, place.table->seeds);
  figure.legend.push_back(
      {.label = "mean, corrected 95 % interval", .colour = Colour::ink, .shape = Shape::diamond});
  figure.caption =
      "Scores of every fit. Boxes: quartiles, whiskers to the outermost fit within 1.5 times their "
      "distance. "
      "Diamonds: means with 95 % intervals corrected for overlapping training sets (Nadeau and "
      "Bengio 2003), "
      "where a fit is scored on its own held-out fold.";
  figure.how_to_read =
      "Each dot is one fit, its shape the seed; rows whose intervals lie apart differ by more than "
      "the choice of split explains.";
  figure.n = fmt::format("n = {} of {}", counted_text(fits, "fit"),
                         counted_text(rows.size(), "candidate"));
  figure.table.columns = {"candidate", "seed", "fold"};
  for (const ReportColumn* column : strip_columns(place))
    figure.table.columns.push_back(column->name);
  for (const ReportRow* row : rows)
    for (const FitRow& fit : row->fit_rows) {
      if (!fit.result || fit.result->failed()) continue;
      std::vector<std::string> line{row->candidate, std::to_string(fit.seed.value),
                                    std::to_string(fit.fold.value)};
      for (const ReportColumn* column : strip_columns(place))
        line.push_back(cell_text(value_of(*fit.result, *column)));
      figure.table.rows.push_back(std::move(line));
    }
  if (figure.table.rows.size() > kRowsUpTo) figure.summary = quartiles_of(place);
  return figure;
}

/// Comparisons of this place that have a test, by column.
std::map<std::size_t, std::vector<const Comparison*>> tested(const FigurePlace& place) {
  std::map<std::size_t, std::vector<const Comparison*>> found;
  for (const Comparison& one : place.table->comparisons)
    if (one.test && one.embedding == place.records().job.embeddings[place.embedding] &&
        place.table->columns[one.column].measure == Measure::auc)
      found[one.column].push_back(&one);
  return found;
}

std::string why_no_differences(const FigurePlace& place) {
  if (place.rows().size() < 2) return "fewer than two candidates have fits to compare";
  return tested(place).empty() ? "no two candidates share two splits with a score" : "";
}

const ReportRow& row_called(const FigurePlace& place, const std::string& candidate) {
  for (const ReportRow* row : place.rows())
    if (row->candidate == candidate) return *row;
  throw_contract_error("a compared candidate has a row", __FILE__, __LINE__);
}

std::string p_text(double p) { return p < 0.001 ? "p < 0.001" : fmt::format("p = {:.3f}", p); }

/// Candidate minus reference on each split that both have.
struct SplitDifference {
  FitRow const* fit = nullptr;
  double value = 0;
};
std::vector<SplitDifference> differences(const FigurePlace& place, const Comparison& comparison) {
  const ReportColumn& column = place.table->columns[comparison.column];
  const ReportRow& reference = row_called(place, comparison.reference);
  std::map<std::pair<SeedIndex, FoldIndex>, double> base;
  for (const FitRow& fit : reference.fit_rows)
    if (fit.result && !fit.result->failed())
      if (const auto value = value_of(*fit.result, column)) base[{fit.seed, fit.fold}] = *value;
  std::vector<SplitDifference> found;
  for (const FitRow& fit : row_called(place, comparison.candidate).fit_rows) {
    const auto at = base.find({fit.seed, fit.fold});
    if (at == base.end() || !fit.result || fit.result->failed()) continue;
    if (const auto value = value_of(*fit.result, column))
      found.push_back({&fit, *value - at->second});
  }
  return found;
}

/// Means and tests, for pages on which a row a split would be too many.
Table tests_of(const FigurePlace& place) {
  Table table{.columns = {"score", "candidate", "reference", "splits", "mean_difference", "p_holm"},
              .rows = {}};
  for (const auto& [column, comparisons] : tested(place))
    for (const Comparison* one : comparisons)
      table.rows.push_back({place.table->columns[column].name, one->candidate, one->reference,
                            std::to_string(one->test->n), cell_text(one->test->mean_difference),
                            cell_text(one->p_holm.value_or(one->test->p))});
  return table;
}

Panel difference_panel(const FigurePlace& place, const std::vector<const Comparison*>& comparisons,
                       Figure& figure) {
  const ReportColumn& column = place.table->columns[comparisons.front()->column];
  const DotStyle style = style_for(comparisons.size());
  std::vector<std::string> names;
  std::vector<double> all{0};
  DotGroups dots;
  ErrorBars intervals{.series = "corrected interval", .width = 1.8};
  Points means{.series = "means", .shape = Shape::diamond, .colour = Colour::ink, .size = 7};
  for (std::size_t i = 0; i < comparisons.size(); ++i) {
    const Comparison& one = *comparisons[i];
    const stats::PairedTest& test = *one.test;
    const double y = static_cast<double>(i);
    names.push_back(fmt::format("{} ({})", one.candidate, p_text(one.p_holm.value_or(test.p))));
    const CandidateKind kind = row_called(place, one.candidate).kind;
    for (const SplitDifference& split : differences(place, one)) {
      dots[{kind, place.table->seeds > 1 ? split.fit->seed.value : 0}].push_back(
          {split.value, y + across(*place.table, *split.fit)});
      all.push_back(split.value);
      figure.table.rows.push_back({column.name, one.candidate, one.reference,
                                   std::to_string(split.fit->seed.value),
                                   std::to_string(split.fit->fold.value), cell_text(split.value)});
    }
    const double half = stats::student_t_quantile(0.025, test.n - 1) * test.standard_error;
    intervals.bars.push_back({{test.mean_difference, y - 0.15},
                              test.mean_difference - half,
                              test.mean_difference + half});
    means.at.push_back({test.mean_difference, y - 0.15});
    all.insert(all.end(), {test.mean_difference - half, test.mean_difference + half});
  }
  Panel panel{.title = fmt::format("{}, minus {}", column.label, comparisons.front()->reference),
              .x = {.scale = linear_scale(all), .label = "difference in " + column.label},
              .y = {.scale = category_scale(names), .label = {}, .grid = GridLines::hidden},
              .height = std::max(60.0, style.row_height * static_cast<double>(comparisons.size()))};
  panel.marks.emplace_back(Rule{.series = "no difference", .at = 0, .colour = Colour::ink});
  add_dots(panel, dots, style);
  panel.marks.emplace_back(intervals);
  panel.marks.emplace_back(means);
  return panel;
}

Figure differences_figure(const FigurePlace& place, const FigureKind& kind) {
  Figure figure = begin_figure(place, kind);
  figure.table.columns = {"score", "candidate", "reference", "seed", "fold", "difference"};
  std::size_t splits = 0;
  for (const auto& [column, comparisons] : tested(place)) {
    figure.panels.push_back(difference_panel(place, comparisons, figure));
    for (const Comparison* one : comparisons) splits = std::max(splits, one->test->n);
  }
  if (place.table->seeds > 1) add_seed_legend(figure, place.table->seeds);
  figure.legend.push_back(
      {.label = "mean, corrected 95 % interval", .colour = Colour::ink, .shape = Shape::diamond});
  figure.legend.push_back({.label = "no difference",
                           .swatch = Swatch::line,
                           .colour = Colour::ink,
                           .dash = Dash::dashed});
  figure.caption =
      "Differences to the first candidate on the same splits. Diamonds: means with corrected 95 % "
      "intervals; p: corrected "
      "resampled paired t-test (Nadeau and Bengio 2003), adjusted by Holm's method over the "
      "candidates.";
  figure.how_to_read =
      "A candidate whose interval does not reach the dashed line differs from the baseline.";
  figure.n = fmt::format("n = {} each, at most", counted_text(splits, "split"));
  if (figure.table.rows.size() > kRowsUpTo) figure.summary = tests_of(place);
  return figure;
}

}  // namespace

std::vector<FigureKind> fit_figures() {
  return {{"strip", "Scores of all fits", why_no_strip, strip_figure},
          {"differences", "Differences to the baseline, split by split", why_no_differences,
           differences_figure}};
}

}  // namespace crossfold
