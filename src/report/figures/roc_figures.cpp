// ROC curves of all fits and their mean.

#include <algorithm>

#include <fmt/format.h>

#include "crossfold/stats/roc_curve.h"

#include "row_predictions.h"

namespace crossfold {
namespace {

using namespace figure;  // NOLINT(google-build-using-namespace): the words of pictures

constexpr std::size_t kSteps = 100;      ///< of the mean curve
constexpr std::size_t kSummaryStep = 5;  ///< of them
constexpr std::size_t kCurvesUpTo = 20;  ///< that can be told apart

/// Sensitivities at one rate.
struct CurveQuantiles {
  double mean = 0;
  double least = 0;
  double p10 = 0;
  double p90 = 0;
  double most = 0;
};

CurveQuantiles quantiles_of(std::vector<double> values) {
  double sum = 0;
  for (const double value : values) sum += value;
  std::sort(values.begin(), values.end());
  return {.mean = sum / static_cast<double>(values.size()),
          .least = values.front(),
          .p10 = quantile(values, 0.1),
          .p90 = quantile(values, 0.9),
          .most = values.back()};
}

std::vector<double> grid() {
  std::vector<double> rates;
  for (std::size_t i = 0; i <= kSteps; ++i) rates.push_back(static_cast<double>(i) / kSteps);
  return rates;
}

/// One against the rest; empty where one side is.
std::vector<stats::RocPoint> curve_of(const FitPredictions& fit, std::size_t level) {
  std::vector<double> scores;
  std::vector<std::uint8_t> positive;
  for (std::size_t i = 0; i < fit.rows.size(); ++i) {
    scores.push_back(fit.probability(i, level));
    positive.push_back(fit.truth[i] == static_cast<std::int32_t>(level) ? 1 : 0);
  }
  return stats::roc_curve(scores, positive);
}

/// Of two classes the second one's, of more every class's.
std::vector<std::size_t> positive_levels(std::size_t classes) {
  if (classes == 2) return {1};
  std::vector<std::size_t> levels;
  for (std::size_t k = 0; k < classes; ++k) levels.push_back(k);
  return levels;
}

/// All curves of a set: of the fits and, with more than two classes, of each class.
struct CurveSet {
  std::vector<std::vector<stats::RocPoint>> curves;
  std::vector<double> rates;         ///< (0, 0) on
  std::vector<CurveQuantiles> over;  ///< the curves, at each rate
};

CurveSet curves_of(const std::vector<FitPredictions>& fits) {
  CurveSet set;
  for (const FitPredictions& fit : fits)
    for (const std::size_t level : positive_levels(fit.classes))
      if (std::vector<stats::RocPoint> curve = curve_of(fit, level); !curve.empty())
        set.curves.push_back(std::move(curve));
  if (set.curves.empty()) return set;
  const std::vector<double> rates = grid();
  std::vector<std::vector<double>> values(rates.size());
  for (const std::vector<stats::RocPoint>& curve : set.curves) {
    const std::vector<double> at = stats::true_positive_rates(curve, rates);
    for (std::size_t i = 0; i < at.size(); ++i) values[i].push_back(at[i]);
  }
  set.rates.push_back(0);
  set.over.emplace_back();
  for (std::size_t i = 0; i < rates.size(); ++i) {
    set.rates.push_back(rates[i]);
    set.over.push_back(quantiles_of(std::move(values[i])));
  }
  return set;
}

/// Each curve, or, where they would run into one another, the area that they fill and that of the
/// middle four fifths of them.
void add_curves(Panel& panel, const CurveSet& set, PredictedOn on) {
  const std::string series = std::string("fits, ") + set_text(on);
  if (set.curves.size() <= kCurvesUpTo) {
    Lines faint{
        .series = series, .strands = {}, .colour = set_colour(on), .width = 0.8, .opacity = 0.4};
    for (const std::vector<stats::RocPoint>& curve : set.curves) {
      faint.strands.emplace_back();
      for (const stats::RocPoint& at : curve)
        faint.strands.back().push_back({at.false_positive_rate, at.true_positive_rate});
    }
    panel.marks.emplace_back(std::move(faint));
    return;
  }
  Band all{.series = series, .x = set.rates, .colour = set_colour(on), .opacity = 0.13};
  Band middle{
      .series = "80 % of " + series, .x = set.rates, .colour = set_colour(on), .opacity = 0.22};
  for (const CurveQuantiles& at : set.over) {
    all.low.push_back(at.least);
    all.high.push_back(at.most);
    middle.low.push_back(at.p10);
    middle.high.push_back(at.p90);
  }
  panel.marks.emplace_back(std::move(all));
  panel.marks.emplace_back(std::move(middle));
}

Lines mean_line(const CurveSet& set, PredictedOn on) {
  Lines line{.series = std::string("mean, ") + set_text(on),
             .strands = {{}},
             .colour = set_colour(on),
             .width = 2.4,
             .dash = on == PredictedOn::held_out ? Dash::solid : Dash::dotted};
  for (std::size_t i = 0; i < set.rates.size(); ++i)
    line.strands.front().push_back({set.rates[i], set.over[i].mean});
  return line;
}

/// All rates, and those that a page shows.
void add_rows(const PredictionPanel& from, const CurveSet& set, PredictedOn on, Figure& figure) {
  for (std::size_t i = 0; i < set.rates.size(); ++i) {
    const CurveQuantiles& at = set.over[i];
    std::vector<std::string> row{from.row->candidate,
                                 from.domain.value_or("all"),
                                 set_text(on),
                                 std::to_string(set.curves.size()),
                                 cell_text(set.rates[i]),
                                 cell_text(at.mean),
                                 cell_text(at.least),
                                 cell_text(at.p10),
                                 cell_text(at.p90),
                                 cell_text(at.most)};
    if (i % kSummaryStep == 1) figure.summary->rows.push_back(row);
    figure.table.rows.push_back(std::move(row));
  }
}

Panel roc_panel(const PredictionPanel& from, Figure& figure) {
  Panel panel{.title = from.title,
              .x = {.scale = linear_scale(0, 1), .label = "1 - specificity"},
              .y = {.scale = linear_scale(0, 1), .label = "sensitivity"},
              .height = 260,
              .aspect = Aspect::square};
  panel.marks.emplace_back(Lines{.series = "chance",
                                 .strands = {{{0, 0}, {1, 1}}},
                                 .colour = Colour::muted,
                                 .width = 1,
                                 .dash = Dash::dashed});
  std::vector<Lines> means;
  for (const PredictedOn on : {PredictedOn::held_out, PredictedOn::oos}) {
    const CurveSet set = curves_of(from.on(on));
    if (set.curves.empty()) continue;
    add_curves(panel, set, on);
    means.push_back(mean_line(set, on));
    add_rows(from, set, on, figure);
  }
  for (Lines& mean : means) panel.marks.emplace_back(std::move(mean));
  return panel;
}

Figure roc(const FigurePlace& place, const FigureKind& kind, PanelsBy by) {
  Figure figure = begin_figure(place, kind);
  figure.table.columns = {"candidate",          "domain", "set", "curves", "false_positive_rate",
                          "true_positive_rate", "min",    "p10", "p90",    "max"};
  figure.summary.emplace().columns = figure.table.columns;
  const std::vector<PredictionPanel> panels = prediction_panels(place, by);
  for (const PredictionPanel& one : panels) {
    Panel panel = roc_panel(one, figure);
    if (panel.marks.size() > 1) figure.panels.push_back(std::move(panel));
  }
  figure.panel_columns = by == PanelsBy::candidate
                             ? std::min<std::size_t>(3, panels.size())
                             : std::min<std::size_t>(3, predicted_domains(place).size());
  figure.legend = {{.label = "held out: mean; fits faint",
                    .swatch = Swatch::line,
                    .colour = set_colour(PredictedOn::held_out)}};
  if (place.setup().evaluate_oos)
    figure.legend.push_back({.label = "out of sample: mean; fits faint",
                             .swatch = Swatch::line,
                             .colour = set_colour(PredictedOn::oos),
                             .dash = Dash::dotted});
  figure.legend.push_back(
      {.label = "chance", .swatch = Swatch::line, .colour = Colour::muted, .dash = Dash::dashed});
  const std::vector<std::string>& levels = place.table->levels;
  figure.caption = levels.size() == 2
                       ? fmt::format("ROC curves of {} against {}. ", levels[1], levels[0])
                       : "ROC curves of each class against the rest. ";
  figure.caption += fmt::format(
      "Bold: vertical average over fits (Fawcett 2006). Faint: the curves of single fits; of more "
      "than {}, the area that they fill and, darker, that of the middle 80 % at each specificity.",
      kCurvesUpTo);
  figure.how_to_read =
      "The nearer a curve comes to the upper left corner the better; the dashed diagonal is "
      "chance.";
  figure.n = predictions_n(place, panels);
  return figure;
}

}  // namespace

std::vector<FigureKind> roc_figures() {
  return {{"roc", "ROC curves", why_no_predictions,
           [](const FigurePlace& place, const FigureKind& kind) {
             return roc(place, kind, PanelsBy::candidate);
           }},
          {"roc-domains", "ROC curves by domain", why_no_domains,
           [](const FigurePlace& place, const FigureKind& kind) {
             return roc(place, kind, PanelsBy::candidate_and_domain);
           }}};
}

}  // namespace crossfold
