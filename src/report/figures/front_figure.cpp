// What is paid in task for what is gained in domain: the front of both.

#include <algorithm>

#include <fmt/format.h>

#include "figure_place.h"

namespace crossfold {
namespace {

using namespace figure;  // NOLINT(google-build-using-namespace): the words of pictures

/// Mean and corrected standard error, where there is one.
struct Measured {
  std::optional<double> mean;
  std::optional<double> error;
};
struct Candidate2D {
  std::string name;
  bool drawn = false;
  bool on_front = false;
  CandidateKind kind = CandidateKind::baseline;
  Measured domain, task, oos;
};

Measured measured(const RowFits& fits, std::optional<double> (*get)(const FitResult&)) {
  std::vector<std::optional<double>> values;
  for (const RecordedFit& fit : fits)
    if (fit.done()) values.push_back(get(*fit.result));
  const stats::Summary summary = stats::summarize(values);
  const std::optional<double> share = mean_test_share(fits);
  return {summary.mean, get == oos_auc_of || !share
                            ? std::nullopt
                            : stats::corrected_standard_error(summary, *share)};
}

Candidate2D candidate_of(const CandidateFits& fits) {
  return {.name = fits.candidate->name,
          .drawn = !fits.candidate->parameters.empty(),
          .on_front = false,
          .kind = kind_of(*fits.candidate),
          .domain = measured(fits.fits, probe_auc_of),
          .task = measured(fits.fits, task_auc_of),
          .oos = measured(fits.fits, oos_auc_of)};
}

/// A domain AUC below one half is chance.
double found_domain(const Candidate2D& one) { return std::max(*one.domain.mean, 0.5); }

/// No other is at least as good in both scores and better in one.
void mark_front(std::vector<Candidate2D>& all) {
  for (Candidate2D& one : all)
    one.on_front = std::none_of(all.begin(), all.end(), [&](const Candidate2D& other) {
      const bool as_good =
          *other.task.mean >= *one.task.mean && found_domain(other) <= found_domain(one);
      return as_good &&
             (*other.task.mean > *one.task.mean || found_domain(other) < found_domain(one));
    });
}

/// All candidates with every split done and both scores.
std::vector<Candidate2D> candidates_at(const FigurePlace& place) {
  const SweptFits fits = swept_fits(place.records(), place.experiment, place.embedding);
  std::vector<Candidate2D> all;
  for (const auto* some : {&fits.fixed, &fits.drawn})
    for (const CandidateFits& one : *some)
      if (!one.fits.empty() && done_fits(one.fits) == one.fits.size()) {
        all.push_back(candidate_of(one));
        if (!all.back().domain.mean || !all.back().task.mean) all.pop_back();
      }
  mark_front(all);
  return all;
}

std::string why_no_front(const FigurePlace& place) {
  if (place.setup().probe != Label::domain) return "the experiment does not probe the domain";
  return candidates_at(place).size() < 2
             ? "fewer than two candidates have all splits and both scores"
             : "";
}

using MeasuredAs = Measured Candidate2D::*;

Panel front_panel(const std::vector<Candidate2D>& all, MeasuredAs y_of, const std::string& label) {
  std::vector<double> xs;
  std::vector<double> ys;
  Points others{.series = "drawn",
                .at = {},
                .colour = Colour::grey,
                .size = all.size() > 300 ? 3.5 : 5.0,
                .opacity = 0.7};
  Points front{.series = "on the front",
               .at = {},
               .shape = Shape::diamond,
               .colour = Colour::blue,
               .size = 8};
  ErrorBars across{.series = "errors",
                   .bars = {},
                   .along = Direction::horizontal,
                   .colour = Colour::muted,
                   .width = 1};
  ErrorBars along{.series = "errors",
                  .bars = {},
                  .along = Direction::vertical,
                  .colour = Colour::muted,
                  .width = 1};
  std::vector<Points> fixed;
  Notes names;
  std::vector<XY> line;
  for (const Candidate2D& one : all) {
    const std::optional<double>& mean = (one.*y_of).mean;
    if (!mean) continue;
    const XY at{*one.domain.mean, *mean};
    xs.push_back(at.x);
    ys.push_back(at.y);
    const bool marked = one.on_front || !one.drawn;
    if (marked && one.domain.error) {
      across.bars.push_back({at, at.x - *one.domain.error, at.x + *one.domain.error});
      xs.insert(xs.end(), {at.x - *one.domain.error, at.x + *one.domain.error});
    }
    if (marked && (one.*y_of).error) {
      along.bars.push_back({at, at.y - *(one.*y_of).error, at.y + *(one.*y_of).error});
      ys.insert(ys.end(), {at.y - *(one.*y_of).error, at.y + *(one.*y_of).error});
    }
    if (one.on_front) line.push_back(at);
    if (!one.drawn) {
      fixed.push_back({.series = one.name,
                       .at = {at},
                       .shape = Shape::square,
                       .colour = Colour::vermillion,
                       .size = 8});
      names.notes.push_back({at, one.name});
    } else {
      (one.on_front ? front : others).at.push_back(at);
    }
  }
  std::sort(line.begin(), line.end(), [](const XY& a, const XY& b) { return a.x < b.x; });
  Panel panel{.title = label + " against domain AUC",
              .x = {.scale = linear_scale(xs), .label = "domain AUC (lower is better)"},
              .y = {.scale = linear_scale(ys), .label = label},
              .height = 300};
  panel.marks.emplace_back(Rule{.series = "chance", .at = 0.5, .dash = Dash::dotted});
  panel.marks.emplace_back(std::move(others));
  panel.marks.emplace_back(std::move(across));
  panel.marks.emplace_back(std::move(along));
  if (y_of == &Candidate2D::task)
    panel.marks.emplace_back(
        Lines{.series = "front", .strands = {line}, .colour = Colour::blue, .width = 1.4});
  panel.marks.emplace_back(std::move(front));
  for (Points& one : fixed) panel.marks.emplace_back(std::move(one));
  panel.marks.emplace_back(std::move(names));
  return panel;
}

Figure front_figure(const FigurePlace& place, const FigureKind& kind) {
  Figure figure = begin_figure(place, kind);
  const std::vector<Candidate2D> all = candidates_at(place);
  figure.panels.push_back(front_panel(all, &Candidate2D::task, "task AUC"));
  if (std::any_of(all.begin(), all.end(),
                  [](const Candidate2D& one) { return one.oos.mean.has_value(); }))
    figure.panels.push_back(front_panel(all, &Candidate2D::oos, "oos AUC"));
  figure.panel_columns = figure.panels.size();
  const auto drawn = [](const Candidate2D& one) { return one.drawn; };
  const auto drawn_on_front = [](const Candidate2D& one) { return one.drawn && one.on_front; };
  const bool any_drawn = std::any_of(all.begin(), all.end(), drawn);
  if (any_drawn) figure.legend.push_back({.label = "drawn candidate", .colour = Colour::grey});
  if (std::any_of(all.begin(), all.end(), drawn_on_front))
    figure.legend.push_back(
        {.label = "drawn, on the front", .colour = Colour::blue, .shape = Shape::diamond});
  if (!std::all_of(all.begin(), all.end(), drawn))
    figure.legend.push_back({.label = any_drawn ? "not drawn" : "candidate",
                             .colour = Colour::vermillion,
                             .shape = Shape::square});
  figure.legend.push_back({.label = "front", .swatch = Swatch::line, .colour = Colour::blue});
  if (figure.panels.front().x.scale.low <= 0.5)
    figure.legend.push_back(
        {.label = "chance", .swatch = Swatch::line, .colour = Colour::muted, .dash = Dash::dotted});
  figure.caption =
      "Means over all splits; crosses: one corrected standard error, for those on the front and "
      "those not drawn, where a fit is scored on its own held-out fold. "
      "On the front is whom no other beats in both held-out scores; a domain AUC below one half "
      "counts as one half.";
  figure.how_to_read =
      "Up is better for the task, left hides the domain better: the front says how much of one the "
      "other costs.";
  figure.n = fmt::format(
      "n = {} with all splits, {} on the front", counted_text(all.size(), "candidate"),
      std::count_if(all.begin(), all.end(), [](const Candidate2D& one) { return one.on_front; }));
  figure.table.columns = {"candidate",      "domain_auc", "domain_auc_error", "task_auc",
                          "task_auc_error", "oos_auc",    "on_front"};
  for (const Candidate2D& one : all)
    figure.table.rows.push_back({one.name, cell_text(one.domain.mean), cell_text(one.domain.error),
                                 cell_text(one.task.mean), cell_text(one.task.error),
                                 cell_text(one.oos.mean), one.on_front ? "yes" : "no"});
  return figure;
}

}  // namespace

std::vector<FigureKind> front_figures() {
  return {{"front", "Task against domain", why_no_front, front_figure}};
}

}  // namespace crossfold
