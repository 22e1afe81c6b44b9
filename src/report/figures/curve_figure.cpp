// How training went: losses over epochs, and lambda.

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crossfold/core/error.h"
#include "crossfold/job/names.h"

#include "figure_place.h"

namespace crossfold {
namespace {

using namespace figure;  // NOLINT(google-build-using-namespace): the words of pictures

/// A curve of a fit, empty where it has none.
using CurveOf = std::function<std::vector<double>(const Curves&)>;

struct KindOfCurve {
  std::string label;
  std::string name;
  CurveOf of;
  Colour colour = Colour::blue;
  Dash dash = Dash::solid;
};

/// Of the adversaries behind the first; empty where a fit has not so many.
CurveOf of_adversary(std::size_t further, std::vector<double> AdversaryCurves::*of) {
  return [=](const Curves& curves) {
    return further < curves.further_adversaries.size() ? curves.further_adversaries[further].*of
                                                       : std::vector<double>();
  };
}

/// The first adversaries of all candidates, the second ones and so on, each by its names.
std::vector<std::string> adversaries_at(const FigurePlace& place) {
  std::vector<std::set<std::string>> names(1);
  for (const Candidate& candidate : place.setup().candidates) {
    const auto adversaries = adversaries_of(candidate);
    names.resize(std::max(names.size(), adversaries.size()));
    for (std::size_t i = 0; i < adversaries.size(); ++i) names[i].insert(adversaries[i].of);
  }
  if (names[0].empty()) names[0].insert(name_of(Label::domain));
  std::vector<std::string> joined;
  joined.reserve(names.size());
  for (const std::set<std::string>& some : names)
    joined.push_back(fmt::format("{}", fmt::join(some, " or ")));
  return joined;
}

/// Of its loss, and, where there are several, of its lambda.
Colour colour_of_adversary(std::size_t adversary) {
  constexpr std::array kColours = {Colour::green, Colour::purple, Colour::orange, Colour::ink};
  return kColours[adversary % kColours.size()];
}

std::vector<KindOfCurve> losses_at(const FigurePlace& place) {
  const std::vector<std::string> adversaries = adversaries_at(place);
  std::vector<KindOfCurve> losses{
      {"class loss, training", "train_class_loss", &Curves::train_class_loss, Colour::blue,
       Dash::solid},
      {"class loss, validation", "validation_loss", &Curves::validation_loss, Colour::vermillion,
       Dash::dashed},
      {adversaries[0] + " loss, training", "train_domain_loss", &Curves::train_domain_loss,
       colour_of_adversary(0), Dash::dotted}};
  for (std::size_t i = 1; i < adversaries.size(); ++i)
    losses.push_back({adversaries[i] + " loss, training", "train_" + adversaries[i] + "_loss",
                      of_adversary(i - 1, &AdversaryCurves::train_loss), colour_of_adversary(i),
                      Dash::dotted});
  return losses;
}

std::vector<KindOfCurve> lambdas_at(const FigurePlace& place) {
  const std::vector<std::string> adversaries = adversaries_at(place);
  if (adversaries.size() == 1)
    return {{"lambda", "lambda", &Curves::lambda, Colour::purple, Dash::solid}};
  std::vector<KindOfCurve> lambdas{{"lambda of " + adversaries[0], "lambda", &Curves::lambda,
                                    colour_of_adversary(0), Dash::solid}};
  for (std::size_t i = 1; i < adversaries.size(); ++i)
    lambdas.push_back({"lambda of " + adversaries[i], "lambda_of_" + adversaries[i],
                       of_adversary(i - 1, &AdversaryCurves::lambda), colour_of_adversary(i),
                       i % 2 == 1 ? Dash::dashed : Dash::solid});
  return lambdas;
}

/// Over the fits that still ran at an epoch.
struct Quantiles {
  std::vector<double> epoch, low, median, high;
  std::vector<std::size_t> n;
};

Quantiles quantiles_of(const std::vector<Curves>& fits, const CurveOf& of) {
  std::vector<std::vector<double>> curves;
  std::size_t epochs = 0;
  for (const Curves& fit : fits) {
    curves.push_back(of(fit));
    epochs = std::max(epochs, curves.back().size());
  }
  Quantiles found;
  for (std::size_t epoch = 0; epoch < epochs; ++epoch) {
    std::vector<double> values;
    for (const std::vector<double>& curve : curves)
      if (epoch < curve.size() && std::isfinite(curve[epoch])) values.push_back(curve[epoch]);
    if (values.empty()) continue;
    std::sort(values.begin(), values.end());
    found.epoch.push_back(static_cast<double>(epoch + 1));
    found.low.push_back(quantile(values, 0.1));
    found.median.push_back(quantile(values, 0.5));
    found.high.push_back(quantile(values, 0.9));
    found.n.push_back(values.size());
  }
  return found;
}

std::string why_no_curves(const FigurePlace& place) {
  if (!place.records().job.output.curves) return "the job keeps no learning curves";
  if (!place.source->read) return "no learning curves are read";
  const std::vector<const ReportRow*> rows = place.rows();
  return std::none_of(rows.begin(), rows.end(),
                      [](const ReportRow* row) { return row->kind != CandidateKind::linear; })
             ? "no candidate is trained by epochs"
             : "";
}

std::vector<Curves> curves_of(const FigurePlace& place, const ReportRow& row) {
  std::vector<Curves> found;
  for (const FitRow& fit : row.fit_rows) {
    if (!fit.result || fit.result->failed()) continue;
    if (auto kept = place.source->read(fit.id); kept && kept->curves)
      found.push_back(std::move(*kept->curves));
  }
  return found;
}

Lines line_of(const Quantiles& quantiles, const std::string& series, Colour colour, Dash dash) {
  Lines line{.series = series, .strands = {{}}, .colour = colour, .width = 1.8, .dash = dash};
  for (std::size_t i = 0; i < quantiles.epoch.size(); ++i)
    line.strands.front().push_back({quantiles.epoch[i], quantiles.median[i]});
  return line;
}

/// All epochs, and about twenty of them, with the last, that a page shows.
void add_rows(Figure& figure, const ReportRow& row, const std::string& name,
              const Quantiles& quantiles) {
  const std::size_t epochs = quantiles.epoch.size();
  const std::size_t step = std::max<std::size_t>(1, (epochs + 19) / 20);
  for (std::size_t i = 0; i < epochs; ++i) {
    std::vector<std::string> cells{row.candidate,
                                   name,
                                   cell_text(quantiles.epoch[i]),
                                   std::to_string(quantiles.n[i]),
                                   cell_text(quantiles.low[i]),
                                   cell_text(quantiles.median[i]),
                                   cell_text(quantiles.high[i])};
    if (i % step == 0 || i + 1 == epochs) figure.summary->rows.push_back(cells);
    figure.table.rows.push_back(std::move(cells));
  }
}

Panel loss_panel(const ReportRow& row, const std::vector<Curves>& fits,
                 const std::vector<KindOfCurve>& losses, double epochs, Figure& figure) {
  Panel panel{.title = fmt::format("{} ({})", row.candidate, counted_text(fits.size(), "fit")),
              .x = {.scale = linear_scale(0, epochs * 1.02), .label = "epoch"},
              .y = {.scale = {}, .label = "loss"},
              .height = 170};
  std::vector<double> all{0};
  std::vector<Lines> lines;
  for (const KindOfCurve& loss : losses) {
    const Quantiles quantiles = quantiles_of(fits, loss.of);
    if (quantiles.epoch.empty()) continue;
    all.insert(all.end(), quantiles.high.begin(), quantiles.high.end());
    panel.marks.emplace_back(Band{.series = loss.label,
                                  .x = quantiles.epoch,
                                  .low = quantiles.low,
                                  .high = quantiles.high,
                                  .colour = loss.colour,
                                  .opacity = 0.18});
    lines.push_back(line_of(quantiles, loss.label, loss.colour, loss.dash));
    add_rows(figure, row, loss.name, quantiles);
  }
  panel.y.scale = linear_scale(all);
  for (Lines& line : lines) panel.marks.emplace_back(std::move(line));
  Points stops{.series = "stops",
               .at = {},
               .shape = Shape::triangle,
               .colour = Colour::ink,
               .size = 6,
               .opacity = 0.5};
  const double floor = panel.y.scale.low + 0.03 * (panel.y.scale.high - panel.y.scale.low);
  for (const FitRow& fit : row.fit_rows)
    if (fit.result && !fit.result->failed() && fit.result->training.stop == StopReason::plateau)
      stops.at.push_back({static_cast<double>(fit.result->training.epochs), floor});
  panel.marks.emplace_back(std::move(stops));
  return panel;
}

Panel lambda_panel(const std::vector<Curves>& fits, const ReportRow& row,
                   const std::vector<KindOfCurve>& lambdas, double epochs, Figure& figure) {
  std::vector<double> all{0};
  std::vector<Lines> lines;
  for (const KindOfCurve& lambda : lambdas) {
    const Quantiles quantiles = quantiles_of(fits, lambda.of);
    if (quantiles.epoch.empty()) continue;
    all.insert(all.end(), quantiles.median.begin(), quantiles.median.end());
    lines.push_back(line_of(quantiles, lambda.label, lambda.colour, lambda.dash));
    add_rows(figure, row, lambda.name, quantiles);
  }
  Panel panel{.title = {},
              .x = {.scale = linear_scale(0, epochs * 1.02), .label = "epoch"},
              .y = {.scale = linear_scale(all), .label = "lambda"},
              .height = 60};
  for (Lines& line : lines) panel.marks.emplace_back(std::move(line));
  return panel;
}

Figure curve_figure(const FigurePlace& place, const FigureKind& kind) {
  Figure figure = begin_figure(place, kind);
  figure.table.columns = {"candidate", "curve", "epoch", "fits", "p10", "median", "p90"};
  figure.summary.emplace().columns = figure.table.columns;
  std::size_t fits = 0;
  double epochs = 1;
  for (const ReportRow* row : place.rows())
    for (const FitRow& fit : row->fit_rows)
      if (fit.result && !fit.result->failed())
        epochs = std::max<double>(epochs, fit.result->training.epochs);
  const std::vector<KindOfCurve> losses = losses_at(place);
  const std::vector<KindOfCurve> lambdas = lambdas_at(place);
  std::size_t candidates = 0;
  for (const ReportRow* row : place.rows()) {
    const std::vector<Curves> curves = curves_of(place, *row);
    if (curves.empty()) continue;
    fits += curves.size();
    ++candidates;
    figure.panels.push_back(loss_panel(*row, curves, losses, epochs, figure));
    if (std::any_of(curves.begin(), curves.end(),
                    [](const Curves& one) { return !one.lambda.empty(); })) {
      figure.panels.back().x.label.clear();
      figure.panels.back().stacking = Stacking::above_the_next;
      figure.panels.push_back(lambda_panel(curves, *row, lambdas, epochs, figure));
    }
  }
  CF_VALIDATE(fits > 0, ErrorCode::bad_input,
              "has no learning curves of this experiment (its artefacts are lost). `crossfold run` "
              "with the same job and --out trains those fits again",
              place.table->experiment);
  for (const auto* kinds : {&losses, &lambdas})
    for (const KindOfCurve& kind_of : *kinds)
      figure.legend.push_back({.label = kind_of.label,
                               .swatch = Swatch::line,
                               .colour = kind_of.colour,
                               .dash = kind_of.dash});
  figure.legend.push_back(
      {.label = "stopped by the plateau rule", .colour = Colour::ink, .shape = Shape::triangle});
  const std::vector<std::string> adversaries = adversaries_at(place);
  figure.caption = fmt::format(
      "Medians over the fits that still ran at an epoch, bands from their 10th to their 90th "
      "percentile; below, the weight lambda of {}. Triangles: where fits stopped.",
      adversaries.size() > 1 ? "each reversed gradient"
                             : fmt::format("the reversed {} gradient", adversaries[0]));
  figure.how_to_read =
      "Training has converged where the curves are flat; a validation loss that rises says that "
      "the model learns by heart.";
  figure.n =
      fmt::format("n = {} of {}", counted_text(fits, "fit"), counted_text(candidates, "candidate"));
  return figure;
}

}  // namespace

std::vector<FigureKind> curve_figures() {
  return {{"curves", "Learning curves", why_no_curves, curve_figure}};
}

}  // namespace crossfold
