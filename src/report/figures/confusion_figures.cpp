// What is taken for what.

#include <algorithm>

#include <fmt/format.h>

#include "row_predictions.h"

namespace crossfold {
namespace {

using namespace figure;  // NOLINT(google-build-using-namespace): the words of pictures

/// [truth][predicted], over all fits.
std::vector<std::vector<std::size_t>> counts_of(const std::vector<FitPredictions>& fits,
                                                std::size_t classes) {
  std::vector<std::vector<std::size_t>> counts(classes, std::vector<std::size_t>(classes, 0));
  for (const FitPredictions& fit : fits)
    for (std::size_t i = 0; i < fit.rows.size(); ++i)
      ++counts[static_cast<std::size_t>(fit.truth[i])][fit.predicted(i)];
  return counts;
}

Panel confusion_panel(const PredictionPanel& from, PredictedOn set,
                      const std::vector<std::string>& levels, Figure& figure) {
  const auto counts = counts_of(from.on(set), levels.size());
  Cells cells{.series = from.title, .cells = {}};
  for (std::size_t truth = 0; truth < levels.size(); ++truth) {
    std::size_t total = 0;
    for (const std::size_t n : counts[truth]) total += n;
    for (std::size_t predicted = 0; predicted < levels.size(); ++predicted) {
      const std::size_t n = counts[truth][predicted];
      const double share = total == 0 ? 0 : static_cast<double>(n) / static_cast<double>(total);
      cells.cells.push_back(
          {.at = {static_cast<double>(predicted), static_cast<double>(truth)},
           .share = share,
           .text = total == 0 ? "0" : fmt::format("{} ({:.0f}%)", n, 100 * share)});
      figure.table.rows.push_back({from.row->candidate, from.domain.value_or("all"), set_text(set),
                                   levels[truth], levels[predicted], std::to_string(n),
                                   total == 0 ? "" : cell_text(share)});
    }
  }
  Panel panel{
      .title = from.title + (set == PredictedOn::oos ? " (oos)" : " (held out)"),
      .x = {.scale = category_scale(levels), .label = "predicted", .grid = GridLines::hidden},
      .y = {.scale = category_scale(levels), .label = "true class", .grid = GridLines::hidden},
      .height = std::min(360.0, 40 + 46.0 * static_cast<double>(levels.size()))};
  panel.marks.emplace_back(std::move(cells));
  return panel;
}

Figure confusion(const FigurePlace& place, const FigureKind& kind, PanelsBy by) {
  Figure figure = begin_figure(place, kind);
  figure.table.columns = {"candidate", "domain", "set",           "truth",
                          "predicted", "n",      "share_of_truth"};
  const std::vector<PredictionPanel> panels = prediction_panels(place, by);
  for (const PredictionPanel& one : panels)
    for (const PredictedOn set : {PredictedOn::held_out, PredictedOn::oos})
      if (!one.on(set).empty())
        figure.panels.push_back(confusion_panel(one, set, place.table->levels, figure));
  figure.panel_columns = by == PanelsBy::candidate && place.setup().evaluate_oos ? 2 : 3;
  figure.caption =
      "Predictions of all fits by true and predicted class: counts, and shares of the true class.";
  figure.how_to_read =
      "Strong colour on the diagonal is right; a strong cell beside it says which class is taken "
      "for which.";
  figure.n = predictions_n(place, panels);
  return figure;
}

}  // namespace

std::vector<FigureKind> confusion_figures() {
  return {{"confusion", "Confusion matrices", why_no_predictions,
           [](const FigurePlace& place, const FigureKind& kind) {
             return confusion(place, kind, PanelsBy::candidate);
           }},
          {"confusion-domains", "Confusion matrices by domain", why_no_domains,
           [](const FigurePlace& place, const FigureKind& kind) {
             return confusion(place, kind, PanelsBy::candidate_and_domain);
           }}};
}

}  // namespace crossfold
