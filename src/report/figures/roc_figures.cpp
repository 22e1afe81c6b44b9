// ROC curves of all fits and their mean.

#include <algorithm>

#include <fmt/format.h>

#include "crossfold/stats/roc_curve.h"

#include "row_predictions.h"

namespace crossfold {
namespace {

using namespace figure;  // NOLINT(google-build-using-namespace): the words of pictures

constexpr std::size_t kSteps = 100;  ///< of the mean curve

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

struct MeanCurve {
  Lines faint;
  std::vector<XY> mean;  ///< from (0, 0) on
  std::size_t curves = 0;
};

/// Vertical average over fits (and, with more than two, over classes).
MeanCurve mean_curve(const std::vector<FitPredictions>& fits, std::size_t most_fits) {
  MeanCurve result;
  result.faint.width = 0.6;
  result.faint.overlap = Overlap::drawn_once;
  result.faint.opacity =
      std::clamp(4.0 / static_cast<double>(std::max<std::size_t>(most_fits, 1)), 0.1, 0.4);
  const std::vector<double> rates = grid();
  std::vector<double> sum(rates.size(), 0);
  for (const FitPredictions& fit : fits)
    for (const std::size_t level : positive_levels(fit.classes)) {
      const std::vector<stats::RocPoint> curve = curve_of(fit, level);
      if (curve.empty()) continue;
      ++result.curves;
      std::vector<XY> strand;
      for (const stats::RocPoint& at : curve)
        strand.push_back({at.false_positive_rate, at.true_positive_rate});
      result.faint.strands.push_back(std::move(strand));
      const std::vector<double> values = stats::true_positive_rates(curve, rates);
      for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += values[i];
    }
  if (result.curves == 0) return result;
  result.mean.push_back({0, 0});
  for (std::size_t i = 0; i < rates.size(); ++i)
    result.mean.push_back({rates[i], sum[i] / static_cast<double>(result.curves)});
  return result;
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
  for (const PredictedOn set : {PredictedOn::held_out, PredictedOn::oos}) {
    MeanCurve curve = mean_curve(from.on(set), from.on(set).size());
    if (curve.curves == 0) continue;
    curve.faint.series = std::string("fits, ") + set_text(set);
    curve.faint.colour = set_colour(set);
    panel.marks.emplace_back(std::move(curve.faint));
    means.push_back({.series = std::string("mean, ") + set_text(set),
                     .strands = {curve.mean},
                     .colour = set_colour(set),
                     .width = 2.4,
                     .dash = set == PredictedOn::held_out ? Dash::solid : Dash::dotted});
    for (const XY& at : curve.mean)
      figure.table.rows.push_back({from.row->candidate, from.domain.value_or("all"), set_text(set),
                                   std::to_string(curve.curves), cell_text(at.x), cell_text(at.y)});
  }
  for (Lines& mean : means) panel.marks.emplace_back(std::move(mean));
  return panel;
}

Figure roc(const FigurePlace& place, const FigureKind& kind, PanelsBy by) {
  Figure figure = begin_figure(place, kind);
  figure.table.columns = {"candidate",         "domain", "set", "curves", "false_positive_rate",
                          "true_positive_rate"};
  const std::vector<PredictionPanel> panels = prediction_panels(place, by);
  for (const PredictionPanel& one : panels) {
    Panel panel = roc_panel(one, figure);
    if (panel.marks.size() > 1) figure.panels.push_back(std::move(panel));
  }
  figure.panel_columns = by == PanelsBy::candidate
                             ? std::min<std::size_t>(3, panels.size())
                             : std::min<std::size_t>(3, predicted_domains(place).size());
  figure.legend = {{.label = "held out: mean, fits faint",
                    .swatch = Swatch::line,
                    .colour = set_colour(PredictedOn::held_out)}};
  if (place.setup().evaluate_oos)
    figure.legend.push_back({.label = "out of sample: mean, fits faint",
                             .swatch = Swatch::line,
                             .colour = set_colour(PredictedOn::oos),
                             .dash = Dash::dotted});
  figure.legend.push_back(
      {.label = "chance", .swatch = Swatch::line, .colour = Colour::muted, .dash = Dash::dashed});
  const std::vector<std::string>& levels = place.table->levels;
  figure.caption = levels.size() == 2
                       ? fmt::format("ROC curves of {} against {}. ", levels[1], levels[0])
                       : "ROC curves of each class against the rest. ";
  figure.caption += "Thin: single fits. Bold: their vertical average (Fawcett 2006).";
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
