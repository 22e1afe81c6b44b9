// Whether probabilities come true: reliability diagrams with counts and the calibration error.

#include <algorithm>

#include <fmt/format.h>

#include "crossfold/stats/calibration.h"

#include "row_predictions.h"

namespace crossfold {
namespace {

using namespace figure;  // NOLINT(google-build-using-namespace): the words of pictures

constexpr std::size_t kBins = 10;
constexpr double kCountsHigh = 0.16;  ///< share of a panel that the largest count takes

/// Of two classes the probability of the second, of more that of the class predicted (Guo et al.
/// 2017), all fits together.
stats::Calibration calibration_of(const std::vector<FitPredictions>& fits) {
  std::vector<double> probabilities;
  std::vector<std::uint8_t> positive;
  for (const FitPredictions& fit : fits)
    for (std::size_t i = 0; i < fit.rows.size(); ++i) {
      const std::size_t level = fit.classes == 2 ? 1 : fit.predicted(i);
      probabilities.push_back(fit.probability(i, level));
      positive.push_back(fit.truth[i] == static_cast<std::int32_t>(level) ? 1 : 0);
    }
  return stats::calibrate(probabilities, positive, kBins);
}

void add_counts(Panel& panel, const stats::Calibration& calibration, PredictedOn set) {
  std::size_t largest = 1;
  for (const stats::CalibrationBin& bin : calibration.bins) largest = std::max(largest, bin.n);
  Bars bars{.series = std::string("counts, ") + set_text(set),
            .bars = {},
            .colour = set_colour(set),
            .opacity = 0.3};
  const double width = 1.0 / kBins;
  const double half = set == PredictedOn::held_out ? 0 : 0.5;
  for (std::size_t i = 0; i < calibration.bins.size(); ++i) {
    const double left = (static_cast<double>(i) + 0.05 + 0.9 * half) * width;
    const double share = static_cast<double>(calibration.bins[i].n) / static_cast<double>(largest);
    if (calibration.bins[i].n > 0)
      bars.bars.push_back({{left, 0}, {left + 0.45 * width, share * kCountsHigh}});
  }
  panel.marks.emplace_back(std::move(bars));
}

Panel calibration_panel(const PredictionPanel& from, Figure& figure) {
  Panel panel{.title = from.title,
              .x = {.scale = linear_scale(0, 1), .label = "predicted probability"},
              .y = {.scale = linear_scale(0, 1), .label = "share that came true"},
              .height = 260,
              .aspect = Aspect::square};
  panel.marks.emplace_back(Lines{.series = "perfect",
                                 .strands = {{{0, 0}, {1, 1}}},
                                 .colour = Colour::muted,
                                 .width = 1,
                                 .dash = Dash::dashed});
  Notes errors;
  std::vector<Mark> curves;
  for (const PredictedOn set : {PredictedOn::held_out, PredictedOn::oos}) {
    const stats::Calibration calibration = calibration_of(from.on(set));
    if (!calibration.error) continue;
    add_counts(panel, calibration, set);
    Lines line{.series = set_text(set), .strands = {{}}, .colour = set_colour(set), .width = 1.4};
    Points points{.series = set_text(set),
                  .at = {},
                  .shape = set_shape(set),
                  .colour = set_colour(set),
                  .size = 6};
    for (std::size_t i = 0; i < kBins; ++i) {
      const stats::CalibrationBin& bin = calibration.bins[i];
      figure.table.rows.push_back(
          {from.row->candidate, from.domain.value_or("all"), set_text(set),
           cell_text(static_cast<double>(i) / kBins), cell_text(static_cast<double>(i + 1) / kBins),
           std::to_string(bin.n), bin.n > 0 ? cell_text(bin.mean_probability) : "",
           bin.n > 0 ? cell_text(bin.share_positive) : "", cell_text(calibration.error)});
      if (bin.n == 0) continue;
      line.strands.front().push_back({bin.mean_probability, bin.share_positive});
      points.at.push_back({bin.mean_probability, bin.share_positive});
    }
    curves.emplace_back(std::move(line));
    curves.emplace_back(std::move(points));
    const double below = 0.09 * static_cast<double>(errors.notes.size());
    errors.notes.push_back({{0, 0.96 - below},
                            fmt::format("ECE {:.3f} {}", *calibration.error,
                                        set == PredictedOn::oos ? "oos" : "held out")});
  }
  panel.marks.insert(panel.marks.end(), curves.begin(), curves.end());
  panel.marks.emplace_back(std::move(errors));
  return panel;
}

Figure calibration(const FigurePlace& place, const FigureKind& kind, PanelsBy by) {
  Figure figure = begin_figure(place, kind);
  figure.table.columns = {"candidate", "domain",           "set",   "from", "to",
                          "n",         "mean_probability", "share", "ece"};
  const std::vector<PredictionPanel> panels = prediction_panels(place, by);
  for (const PredictionPanel& one : panels) {
    Panel panel = calibration_panel(one, figure);
    if (panel.marks.size() > 2) figure.panels.push_back(std::move(panel));
  }
  figure.panel_columns = by == PanelsBy::candidate
                             ? std::min<std::size_t>(3, panels.size())
                             : std::min<std::size_t>(3, predicted_domains(place).size());
  for (const PredictedOn set : {PredictedOn::held_out, PredictedOn::oos})
    if (set == PredictedOn::held_out || place.setup().evaluate_oos) {
      figure.legend.push_back(
          {.label = set_text(set), .colour = set_colour(set), .shape = set_shape(set)});
      figure.legend.push_back({.label = fmt::format("how many, {}", set_text(set)),
                               .swatch = Swatch::area,
                               .colour = set_colour(set)});
    }
  figure.legend.push_back(
      {.label = "perfect", .swatch = Swatch::line, .colour = Colour::muted, .dash = Dash::dashed});
  const std::vector<std::string>& levels = place.table->levels;
  figure.caption =
      levels.size() == 2
          ? fmt::format("Predicted probability of {} against how often it was true", levels[1])
          : "Probability of the class predicted against how often it was true";
  figure.caption +=
      ", in ten bins, the predictions of all fits together; bars: how many there are in each bin. "
      "ECE: expected calibration error (Naeini et al. 2015).";
  figure.how_to_read =
      "On the diagonal probabilities can be taken at their word; below it the model is too sure.";
  figure.n = predictions_n(place, panels);
  return figure;
}

}  // namespace

std::vector<FigureKind> calibration_figures() {
  return {{"calibration", "Calibration", why_no_predictions,
           [](const FigurePlace& place, const FigureKind& kind) {
             return calibration(place, kind, PanelsBy::candidate);
           }},
          {"calibration-domains", "Calibration by domain", why_no_domains,
           [](const FigurePlace& place, const FigureKind& kind) {
             return calibration(place, kind, PanelsBy::candidate_and_domain);
           }}};
}

}  // namespace crossfold
