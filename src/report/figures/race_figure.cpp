// Who lived to which rung of a race.

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "figure_place.h"

namespace crossfold {
namespace {

using namespace figure;  // NOLINT(google-build-using-namespace): the words of pictures

constexpr double kHeight = 380;

struct Life {
  const SweptCandidate* candidate = nullptr;
  std::uint32_t splits = 0;  ///< trained
  std::string reason;        ///< why it was given up; empty: it was not
};

std::string why_no_race(const FigurePlace& place) {
  const SweepReport* sweep = place.sweep();
  if (sweep == nullptr) return "the experiment has no sweep";
  if (!sweep->race) return "the candidates do not race";
  return sweep->race->stages.empty() ? "no rung is decided yet" : "";
}

/// The longest first; of equals the better one.
std::vector<Life> lives_of(const SweepReport& sweep) {
  std::map<std::string, std::pair<std::uint32_t, std::string>> gone;
  std::uint32_t splits = 0;
  for (const StageRecord& stage : sweep.race->stages) {
    for (const StageRecord::GivenUp& one : stage.given_up)
      gone[one.candidate] = {splits, one.reason};
    splits = stage.splits;
  }
  std::vector<Life> lives;
  for (const SweptCandidate& one : sweep.swept) {
    const auto found = gone.find(one.name);
    if (found == gone.end())
      lives.push_back(
          {&one,
           static_cast<std::uint32_t>(std::min<std::size_t>(one.splits, sweep.race->all_splits)),
           ""});
    else
      lives.push_back({&one, found->second.first, found->second.second});
  }
  std::stable_sort(lives.begin(), lives.end(), [](const Life& a, const Life& b) {
    if (a.splits != b.splits) return a.splits > b.splits;
    return a.candidate->task_auc.value_or(0) > b.candidate->task_auc.value_or(0);
  });
  return lives;
}

Panel lives_panel(const std::vector<Life>& lives, const RaceReport& race) {
  const auto n = static_cast<double>(lives.size());
  Bars gone{.series = "given up", .bars = {}, .colour = Colour::grey};
  Bars whole{.series = "all splits", .bars = {}, .colour = Colour::blue};
  for (std::size_t i = 0; i < lives.size(); ++i) {
    const auto y = static_cast<double>(i) + 1;
    (lives[i].reason.empty() ? whole : gone)
        .bars.push_back({{0, y - 0.4}, {static_cast<double>(lives[i].splits), y + 0.4}});
  }
  Panel panel{.title = "how far each candidate came",
              .x = {.scale = linear_scale(0, race.all_splits * 1.02), .label = "splits trained"},
              .y = {.scale = linear_scale(0, n + 1),
                    .label = "candidates, the longest-lived at the bottom",
                    .grid = GridLines::hidden},
              .height = kHeight};
  panel.marks.emplace_back(std::move(gone));
  panel.marks.emplace_back(std::move(whole));
  for (const StageRecord& stage : race.stages)
    if (stage.splits > 0 && !stage.over)
      panel.marks.emplace_back(
          Rule{.series = "rung", .at = static_cast<double>(stage.splits), .dash = Dash::dotted});
  return panel;
}

/// Of every rung the mean of who was given up there, of the others that of all their splits.
Panel scores_panel(const std::vector<Life>& lives, const RaceReport& race) {
  Points gone{
      .series = "given up", .at = {}, .shape = Shape::cross, .colour = Colour::grey, .size = 6};
  Points whole{.series = "all splits", .at = {}, .colour = Colour::blue, .size = 5, .opacity = 0.8};
  std::vector<double> all;
  for (const Life& life : lives) {
    if (!life.candidate->task_auc) continue;
    (life.reason.empty() ? whole : gone)
        .at.push_back({static_cast<double>(life.splits), *life.candidate->task_auc});
    all.push_back(*life.candidate->task_auc);
  }
  Panel panel{.title = "mean task AUC at the end",
              .x = {.scale = linear_scale(0, race.all_splits * 1.04), .label = "splits trained"},
              .y = {.scale = linear_scale(all), .label = "task AUC"},
              .height = kHeight};
  panel.marks.emplace_back(std::move(gone));
  panel.marks.emplace_back(std::move(whole));
  return panel;
}

Figure race_figure(const FigurePlace& place, const FigureKind& kind) {
  Figure figure = begin_figure(place, kind);
  const RaceReport& race = *place.sweep()->race;
  const std::vector<Life> lives = lives_of(*place.sweep());
  figure.panels = {lives_panel(lives, race), scores_panel(lives, race)};
  figure.panel_columns = 2;
  figure.legend = {
      {.label = "given up at a rung",
       .swatch = Swatch::point,
       .colour = Colour::grey,
       .shape = Shape::cross},
      {.label = "trained on all splits so far", .colour = Colour::blue},
      {.label = "rung", .swatch = Swatch::line, .colour = Colour::muted, .dash = Dash::dotted}};
  const auto left = std::count_if(lives.begin(), lives.end(),
                                  [](const Life& life) { return life.reason.empty(); });
  figure.caption = fmt::format(
      "At each rung candidates are given up by {}. A mean of fewer splits has a larger error, so "
      "the means of those given up early are the less certain ones.",
      race.by);
  figure.how_to_read =
      "Long bars are the candidates that the race kept; a cross above the dots would be a good "
      "candidate that was lost.";
  figure.n = fmt::format("n = {}, {} on all splits; {} of {} fits trained",
                         counted_text(lives.size(), "candidate"), left, race.fits_trained,
                         race.fits_of_all());
  figure.table.columns = {"candidate", "splits", "given_up", "task_auc"};
  for (const Life& life : lives)
    figure.table.rows.push_back({life.candidate->name, std::to_string(life.splits), life.reason,
                                 cell_text(life.candidate->task_auc)});
  return figure;
}

}  // namespace

std::vector<FigureKind> race_figures() {
  return {{"race", "Who lived to which rung", why_no_race, race_figure}};
}

}  // namespace crossfold
