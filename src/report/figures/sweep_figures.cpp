// What the settings of a sweep do: slices, one setting each, and parallel coordinates.

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include <fmt/format.h>

#include "figure_place.h"

namespace crossfold {
namespace {

using namespace figure;  // NOLINT(google-build-using-namespace): the words of pictures

/// A score of a sweep's candidates, in every figure of it alike.
struct SweptScore {
  const char* label;
  const char* name;
  std::optional<double> SweptCandidate::*of;
  std::optional<double> (*of_fit)(const FitResult&);
  Colour colour;
  Shape shape;
};
constexpr SweptScore kScores[] = {
    {"task AUC", "task_auc", &SweptCandidate::task_auc, task_auc_of, Colour::blue, Shape::circle},
    {"oos AUC", "oos_auc", &SweptCandidate::oos_auc, oos_auc_of, Colour::green, Shape::triangle},
    {"domain AUC", "domain_auc", &SweptCandidate::domain_auc, probe_auc_of, Colour::vermillion,
     Shape::square}};

/// A setting over the candidates: its value, by its place on the axis.
struct Setting {
  std::string key;
  Scale scale;
  std::vector<std::optional<double>> at;  ///< of each candidate; none: it has no such setting
  std::vector<std::string> text;
};

std::vector<std::string> keys_of(const std::vector<SweptCandidate>& swept) {
  std::vector<std::string> keys;
  for (const SweptCandidate& one : swept)
    for (const Parameter& parameter : one.parameters)
      if (std::find(keys.begin(), keys.end(), parameter.key) == keys.end())
        keys.push_back(parameter.key);
  return keys;
}

/// Logarithmic where all numbers are positive and the largest is 20 times the smallest.
Scale scale_of(const std::vector<double>& numbers) {
  const auto [low, high] = std::minmax_element(numbers.begin(), numbers.end());
  return *low > 0 && *high >= 20 * *low ? log_scale(numbers) : linear_scale(numbers);
}

Setting setting_of(const std::vector<SweptCandidate>& swept, const std::string& key) {
  Setting setting{.key = key, .scale = {}, .at = {}, .text = {}};
  std::vector<double> numbers;
  std::vector<std::string> words;
  for (const SweptCandidate& one : swept) {
    setting.at.emplace_back();
    setting.text.emplace_back();
    for (const Parameter& parameter : one.parameters) {
      if (parameter.key != key) continue;
      if (const auto* number = std::get_if<double>(&parameter.value)) {
        setting.at.back() = *number;
        setting.text.back() = cell_text(*number);
        numbers.push_back(*number);
      } else {
        setting.text.back() = std::get<std::string>(parameter.value);
        const auto found = std::find(words.begin(), words.end(), setting.text.back());
        setting.at.back() = static_cast<double>(found - words.begin());
        if (found == words.end()) words.push_back(setting.text.back());
      }
    }
  }
  setting.scale = numbers.empty() ? category_scale(words) : scale_of(numbers);
  return setting;
}

bool scored(const SweptCandidate& one) {
  return one.state == sweep::CandidateState::complete && one.task_auc;
}
std::vector<SweptCandidate> complete_ones(const FigurePlace& place) {
  std::vector<SweptCandidate> found;
  if (const SweepReport* sweep = place.sweep())
    std::copy_if(sweep->swept.begin(), sweep->swept.end(), std::back_inserter(found), scored);
  return found;
}

/// Settings that take two values at least.
std::vector<Setting> varied_settings(const std::vector<SweptCandidate>& swept) {
  std::vector<Setting> settings;
  for (const std::string& key : keys_of(swept)) {
    Setting setting = setting_of(swept, key);
    std::set<std::string> values(setting.text.begin(), setting.text.end());
    values.erase("");
    if (values.size() > 1) settings.push_back(std::move(setting));
  }
  return settings;
}

std::string why_no_sweep(const FigurePlace& place) {
  if (place.sweep() == nullptr) return "the experiment has no sweep";
  const std::vector<SweptCandidate> swept = complete_ones(place);
  if (swept.size() < 2) return "fewer than two drawn candidates are complete";
  return varied_settings(swept).empty() ? "no setting differs between complete candidates" : "";
}

/// Over the fits of a candidate.
struct Spread {
  double low = 0;
  double middle = 0;
  double high = 0;
};

/// The corrected interval, or, out of sample, where none holds, the 10 to 90 % of the fits.
std::optional<Spread> spread_of(const RowFits& fits, const SweptScore& score) {
  std::vector<std::optional<double>> values;
  std::vector<double> sorted;
  for (const RecordedFit& fit : fits) {
    if (!fit.done()) continue;
    values.push_back(score.of_fit(*fit.result));
    if (values.back()) sorted.push_back(*values.back());
  }
  const stats::Summary summary = stats::summarize(values);
  if (!summary.mean) return std::nullopt;
  if (score.of_fit != oos_auc_of) {
    const auto interval = stats::corrected_interval(summary, mean_test_share(fits).value_or(0));
    return interval ? Spread{interval->low, *summary.mean, interval->high}
                    : Spread{*summary.mean, *summary.mean, *summary.mean};
  }
  std::sort(sorted.begin(), sorted.end());
  const auto at = [&](double part) {
    return sorted[static_cast<std::size_t>(
        std::lround(part * static_cast<double>(sorted.size() - 1)))];
  };
  return Spread{at(0.1), *summary.mean, at(0.9)};
}

/// With one setting alone there is a candidate a value, and the fits of each make a band.
void add_bands(Panel& panel, const FigurePlace& place, const Setting& setting,
               const std::vector<SweptCandidate>& swept, std::vector<double>& all) {
  const SweptFits fits = swept_fits(place.records(), place.experiment, place.embedding);
  for (const SweptScore& score : kScores) {
    std::map<double, Spread> spreads;
    for (std::size_t i = 0; i < swept.size(); ++i)
      for (const CandidateFits& drawn : fits.drawn)
        if (drawn.candidate->name == swept[i].name && setting.at[i])
          if (const auto spread = spread_of(drawn.fits, score)) spreads[*setting.at[i]] = *spread;
    Band band{.series = score.label,
              .x = {},
              .low = {},
              .high = {},
              .colour = score.colour,
              .opacity = 0.18};
    Lines line{.series = score.label, .strands = {{}}, .colour = score.colour, .width = 1.8};
    for (const auto& [x, spread] : spreads) {
      band.x.push_back(x);
      band.low.push_back(spread.low);
      band.high.push_back(spread.high);
      line.strands.front().push_back({x, spread.middle});
      all.insert(all.end(), {spread.low, spread.high});
    }
    panel.marks.emplace_back(std::move(band));
    panel.marks.emplace_back(std::move(line));
  }
}

/// The first candidate that was not drawn.
const ReportRow* baseline_of(const FigurePlace& place) {
  for (const ReportRow* row : place.rows()) {
    const auto& swept = place.sweep()->swept;
    if (std::none_of(swept.begin(), swept.end(),
                     [&](const SweptCandidate& one) { return one.name == row->candidate; }))
      return row;
  }
  return nullptr;
}

void add_rules(Panel& panel, const FigurePlace& place, const SweptScore* only,
               std::vector<double>& all) {
  const ReportRow* baseline = baseline_of(place);
  if (baseline == nullptr) return;
  for (const SweptScore& score : kScores)
    for (std::size_t i = 0; i < place.table->columns.size(); ++i) {
      if (only != nullptr && score.of != only->of) continue;
      if (place.table->columns[i].name != score.name || !baseline->cells[i].summary.mean) continue;
      panel.marks.emplace_back(Rule{.series = baseline->candidate + ", " + score.label,
                                    .along = Direction::horizontal,
                                    .at = *baseline->cells[i].summary.mean,
                                    .colour = score.colour});
      all.push_back(*baseline->cells[i].summary.mean);
    }
}

enum class Bands { shown, hidden };
/// Of one score or, where `only` is nullptr, of all.
Panel slice(const FigurePlace& place, const Setting& setting,
            const std::vector<SweptCandidate>& swept, Bands bands, const SweptScore* only) {
  Panel panel{.title = {},
              .x = {.scale = setting.scale, .label = setting.key},
              .y = {.scale = {}, .label = "AUC"},
              .height = 230};
  std::vector<double> all;
  if (bands == Bands::shown && setting.scale.kind != ScaleKind::category)
    add_bands(panel, place, setting, swept, all);
  add_rules(panel, place, only, all);
  for (const SweptScore& score : kScores) {
    if (only != nullptr && score.of != only->of) continue;
    Points points{.series = score.label,
                  .at = {},
                  .shape = score.shape,
                  .colour = score.colour,
                  .size = swept.size() > 100 ? 4.0 : 5.5,
                  .opacity = 0.7};
    for (std::size_t i = 0; i < swept.size(); ++i) {
      const std::optional<double> y = swept[i].*score.of;
      if (!y || !setting.at[i]) continue;
      double x = *setting.at[i];
      if (setting.scale.kind == ScaleKind::category)  // side by side, so that none hides another
        x += 0.6 * ((static_cast<double>(i) + 0.5) / static_cast<double>(swept.size()) - 0.5);
      points.at.push_back({x, *y});
      all.push_back(*y);
    }
    panel.marks.emplace_back(std::move(points));
  }
  panel.y.scale = linear_scale(all);
  return panel;
}

/// How many candidates a figure shows, and each in its table.
void add_candidates(Figure& figure, const FigurePlace& place, const std::vector<Setting>& settings,
                    const std::vector<SweptCandidate>& swept) {
  figure.n = fmt::format("n = {} with all splits, of {}", counted_text(swept.size(), "candidate"),
                         place.sweep()->candidates);
  figure.table.columns = {"candidate"};
  for (const Setting& setting : settings) figure.table.columns.push_back(setting.key);
  for (const SweptScore& score : kScores) figure.table.columns.emplace_back(score.name);
  for (std::size_t i = 0; i < swept.size(); ++i) {
    std::vector<std::string> row{swept[i].name};
    for (const Setting& setting : settings) row.push_back(setting.text[i]);
    for (const SweptScore& score : kScores) row.push_back(cell_text(swept[i].*score.of));
    figure.table.rows.push_back(std::move(row));
  }
}

/// A panel for each setting; with so many candidates that scores would hide each other, one for
/// each score of it.
void add_slices(Figure& figure, const FigurePlace& place, const std::vector<Setting>& settings,
                const std::vector<SweptCandidate>& swept) {
  constexpr std::size_t kMany = 40;
  const Bands bands = settings.size() == 1 ? Bands::shown : Bands::hidden;
  figure.panel_columns = settings.size() == 1 ? 1 : 2;
  for (const Setting& setting : settings) {
    if (bands == Bands::shown || swept.size() <= kMany) {
      figure.panels.push_back(slice(place, setting, swept, bands, nullptr));
      continue;
    }
    std::size_t scores = 0;
    for (const SweptScore& score : kScores) {
      if (std::none_of(swept.begin(), swept.end(),
                       [&](const SweptCandidate& one) { return (one.*score.of).has_value(); }))
        continue;
      ++scores;
      figure.panels.push_back(slice(place, setting, swept, bands, &score));
      figure.panels.back().y.label = score.label;
      figure.panels.back().height = 170;
    }
    figure.panel_columns = scores;
  }
}

Figure sweep_figure(const FigurePlace& place, const FigureKind& kind) {
  Figure figure = begin_figure(place, kind);
  const std::vector<SweptCandidate> swept = complete_ones(place);
  const std::vector<Setting> settings = varied_settings(swept);
  add_slices(figure, place, settings, swept);
  for (const SweptScore& score : kScores)
    if (std::any_of(swept.begin(), swept.end(),
                    [&](const SweptCandidate& one) { return (one.*score.of).has_value(); }))
      figure.legend.push_back({.label = score.label, .colour = score.colour, .shape = score.shape});
  if (const ReportRow* baseline = baseline_of(place))
    figure.legend.push_back({.label = "mean of " + baseline->candidate,
                             .swatch = Swatch::line,
                             .colour = Colour::muted,
                             .dash = Dash::dashed});
  figure.caption =
      settings.size() == 1
          ? "Means over all splits for each value. Bands: corrected 95 % intervals, out of sample "
            "the middle 80 % of the fits. Dashed: the candidate that was not drawn."
          : "Means over all splits of every complete candidate, one panel for each setting that "
            "was varied; the other settings vary as well. Dashed: the candidate that was not "
            "drawn.";
  figure.how_to_read =
      "Look for a range of a setting where task and oos AUC stay above the dashed lines while the "
      "domain AUC falls below its own.";
  add_candidates(figure, place, settings, swept);
  return figure;
}

constexpr std::size_t kTop = 10;  ///< candidates that parallel coordinates show in colour

std::string why_no_parallel(const FigurePlace& place) {
  std::string why_not = why_no_sweep(place);
  if (!why_not.empty()) return why_not;
  return varied_settings(complete_ones(place)).size() < 2
             ? "only one setting was varied (the figure sweep shows it)"
             : "";
}

void add_axis_of_scores(std::vector<Setting>& axes, const std::vector<SweptCandidate>& swept) {
  for (const SweptScore& score : kScores) {
    Setting axis{.key = score.label, .scale = {}, .at = {}, .text = {}};
    std::vector<double> numbers;
    for (const SweptCandidate& one : swept) {
      axis.at.push_back(one.*score.of);
      if (axis.at.back()) numbers.push_back(*axis.at.back());
    }
    if (numbers.empty()) continue;
    axis.scale = linear_scale(numbers);
    axes.push_back(std::move(axis));
  }
}

/// What stands at an axis: its ends, or the words of a choice.
void add_axis_notes(Panel& panel, const Setting& axis, double x) {
  Notes notes;
  for (const Tick& tick : ticks(axis.scale, 4))
    notes.notes.push_back({{x, axis.scale.position(tick.at)}, tick.label});
  notes.colour = Colour::muted;
  panel.marks.emplace_back(std::move(notes));
  panel.marks.emplace_back(Lines{
      .series = axis.key, .strands = {{{x, 0}, {x, 1}}}, .colour = Colour::muted, .width = 1});
}

Figure parallel_figure(const FigurePlace& place, const FigureKind& kind) {
  Figure figure = begin_figure(place, kind);
  std::vector<SweptCandidate> swept = complete_ones(place);
  std::stable_sort(swept.begin(), swept.end(),
                   [](const auto& a, const auto& b) { return *a.task_auc > *b.task_auc; });
  const std::vector<Setting> settings = varied_settings(swept);
  std::vector<Setting> axes = settings;
  add_axis_of_scores(axes, swept);
  Lines best{
      .series = "best", .strands = {}, .colour = Colour::vermillion, .width = 1.8, .opacity = 0.9};
  Lines rest{.series = "others",
             .strands = {},
             .colour = Colour::grey,
             .width = 0.8,
             .opacity = swept.size() > 300 ? 0.2 : 0.45};
  for (std::size_t i = 0; i < swept.size(); ++i) {
    std::vector<XY> strand;
    for (std::size_t a = 0; a < axes.size(); ++a)
      if (axes[a].at[i])
        strand.push_back({static_cast<double>(a), axes[a].scale.position(*axes[a].at[i])});
    (i < kTop ? best : rest).strands.push_back(std::move(strand));
  }
  std::vector<std::string> names;
  names.reserve(axes.size());
  for (const Setting& axis : axes) names.push_back(axis.key);
  Panel panel{.title = {},
              .x = {.scale = category_scale(names), .label = {}, .grid = GridLines::hidden},
              .y = {.scale = linear_scale(-0.02, 1.02),
                    .label = {},
                    .ticks = AxisTicks::hidden,
                    .grid = GridLines::hidden},
              .height = 340};
  panel.marks.emplace_back(std::move(rest));
  panel.marks.emplace_back(std::move(best));
  for (std::size_t a = 0; a < axes.size(); ++a)
    add_axis_notes(panel, axes[a], static_cast<double>(a));
  figure.panels.push_back(std::move(panel));
  figure.legend = {{.label = fmt::format("best {} by task AUC", std::min(kTop, swept.size())),
                    .swatch = Swatch::line,
                    .colour = Colour::vermillion},
                   {.label = "other candidates", .swatch = Swatch::line, .colour = Colour::grey}};
  figure.caption =
      "Every complete candidate as a line through its settings and its mean scores; a setting that "
      "a candidate has not is passed over.";
  figure.how_to_read =
      "Where the coloured lines run together on an axis, the best candidates agree on that "
      "setting.";
  add_candidates(figure, place, settings, swept);
  return figure;
}

}  // namespace

std::vector<FigureKind> sweep_figures() {
  return {{"sweep", "What each setting does", why_no_sweep, sweep_figure},
          {"parallel", "Settings of the best candidates", why_no_parallel, parallel_figure}};
}

}  // namespace crossfold
