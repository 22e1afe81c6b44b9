// How well each domain is predicted.

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "crossfold/stats/scores.h"

#include "row_predictions.h"

namespace crossfold {
namespace {

using namespace figure;  // NOLINT(google-build-using-namespace): the words of pictures

constexpr std::size_t kFew = 20;  ///< images; with fewer a mean says little

struct DomainScore {
  std::size_t images = 0;    ///< distinct
  std::vector<double> aucs;  ///< of the fits in which it is defined
  [[nodiscard]] std::optional<double> mean() const {
    if (aucs.empty()) return std::nullopt;
    double sum = 0;
    for (const double auc : aucs) sum += auc;
    return sum / static_cast<double>(aucs.size());
  }
};

DomainScore score_in(const FigurePlace& place, const std::vector<FitPredictions>& fits,
                     const std::string& domain) {
  DomainScore score;
  std::set<std::uint32_t> rows;
  for (const FitPredictions& fit : fits) {
    const FitPredictions part = in_domain(place, fit, domain);
    rows.insert(part.rows.begin(), part.rows.end());
    const std::optional<double> auc =
        stats::score_probabilities(part.probabilities, part.truth, part.classes).auc;
    if (auc) score.aucs.push_back(*auc);
  }
  score.images = rows.size();
  return score;
}

Panel domain_panel(const FigurePlace& place, const std::vector<RowPredictions>& all,
                   PredictedOn set, Figure& figure) {
  const std::vector<std::string> domains = predicted_domains(place);
  std::vector<std::string> names;
  std::vector<double> values;
  std::vector<Mark> marks;
  const double step = 0.7 / static_cast<double>(all.size());
  std::vector<Points> means;
  std::vector<std::string> shown;
  for (const std::string& domain : domains) {
    bool any = false;
    const auto y = static_cast<double>(names.size());
    std::size_t images = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
      const DomainScore score = score_in(place, all[i].on(set), domain);
      images = std::max(images, score.images);
      if (score.images == 0) continue;
      any = true;
      figure.table.rows.push_back({domain, set_text(set), all[i].row->candidate,
                                   std::to_string(score.images), std::to_string(score.aucs.size()),
                                   cell_text(score.mean())});
      if (!score.mean()) continue;
      const double at =
          y + step * (static_cast<double>(i) - 0.5 * static_cast<double>(all.size() - 1));
      const Colour colour = score.images < kFew ? Colour::grey : series_colour(i);
      Points fits{.series = all[i].row->candidate + ", fits",
                  .at = {},
                  .colour = colour,
                  .size = 2.6,
                  .opacity = 0.35};
      for (const double auc : score.aucs) fits.at.push_back({auc, at});
      values.insert(values.end(), score.aucs.begin(), score.aucs.end());
      marks.emplace_back(std::move(fits));
      means.push_back({.series = all[i].row->candidate,
                       .at = {{*score.mean(), at}},
                       .shape = series_shape(i),
                       .colour = colour,
                       .size = 9});
    }
    if (any) names.push_back(fmt::format("{} (n = {})", domain, images));
  }
  for (Points& mean : means) marks.emplace_back(std::move(mean));
  values.push_back(0.5);
  Panel panel{.title = set_text(set),
              .x = {.scale = linear_scale(values), .label = "class AUC within the domain"},
              .y = {.scale = category_scale(names), .label = {}, .grid = GridLines::hidden},
              .height = std::max(60.0, static_cast<double>(names.size()) *
                                           std::max(30.0, 14.0 * static_cast<double>(all.size())))};
  panel.marks.emplace_back(Rule{.series = "chance", .at = 0.5});
  panel.marks.insert(panel.marks.end(), marks.begin(), marks.end());
  return panel;
}

Figure domain_figure(const FigurePlace& place, const FigureKind& kind) {
  Figure figure = begin_figure(place, kind);
  figure.table.columns = {"domain", "set", "candidate", "images", "fits", "mean_auc"};
  const std::vector<RowPredictions> all = row_predictions(place);
  figure.panels.push_back(domain_panel(place, all, PredictedOn::held_out, figure));
  if (place.setup().evaluate_oos)
    figure.panels.push_back(domain_panel(place, all, PredictedOn::oos, figure));
  std::size_t fits = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    figure.legend.push_back(
        {.label = all[i].row->candidate, .colour = series_colour(i), .shape = series_shape(i)});
    fits += all[i].row->fits.done;
  }
  figure.legend.push_back({.label = fmt::format("fewer than {} images", kFew),
                           .swatch = Swatch::area,
                           .colour = Colour::grey});
  figure.legend.push_back(
      {.label = "chance", .swatch = Swatch::line, .colour = Colour::muted, .dash = Dash::dashed});
  figure.caption =
      "Class AUC within each domain: large, the mean over fits; small, the fits in which both "
      "classes occur there. n: images of the domain.";
  figure.how_to_read =
      "A domain far to the left of the others is one that the model does not serve.";
  figure.n = fmt::format("n = {} of {}; images of each domain at its name",
                         counted_text(fits, "fit"), counted_text(all.size(), "candidate"));
  return figure;
}

}  // namespace

std::vector<FigureKind> domain_figures() {
  return {{"domains", "Scores within each domain", why_no_domains, domain_figure}};
}

}  // namespace crossfold
