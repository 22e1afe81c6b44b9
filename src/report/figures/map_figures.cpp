// Where samples lie in the features of one fit of each candidate, on one split.

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/projection/project.h"

#include "figure_place.h"

namespace crossfold {
namespace {

using namespace figure;  // NOLINT(google-build-using-namespace): the words of pictures
using projection::Method;
using projection::NeighborPurity;
using projection::ProjectedMap;

constexpr std::size_t kTitlesUpTo = 2000;  ///< samples; each title makes a dot an element
constexpr std::size_t kColoursUpTo = 6;    ///< levels; those beyond are grey

enum class MapRole { train, held_out, oos };
constexpr std::array kRoles = {MapRole::train, MapRole::held_out, MapRole::oos};

struct RoleStyle {
  const char* text;
  Shape shape;
  double size;
  double opacity;
};
RoleStyle style_of(MapRole role) {
  switch (role) {
    case MapRole::train:
      return {"trained on", Shape::circle, 2.8, 0.55};
    case MapRole::held_out:
      return {"held out", Shape::square, 4.4, 0.9};
    case MapRole::oos:
      return {"out of sample", Shape::triangle, 5, 0.8};
  }
  throw_contract_error("a known role", __FILE__, __LINE__);
}

using Place = std::pair<SeedIndex, FoldIndex>;

const FitRow* done_at(const ReportRow& row, const Place& split) {
  for (const FitRow& fit : row.fit_rows)
    if (Place(fit.seed, fit.fold) == split && fit.result && !fit.result->failed()) return &fit;
  return nullptr;
}

/// Candidates whose encoders have features.
std::vector<const ReportRow*> encoded_rows(const FigurePlace& place) {
  std::vector<const ReportRow*> rows = place.rows();
  std::erase_if(rows, [](const ReportRow* row) { return row->kind == CandidateKind::linear; });
  return rows;
}

/// The first split, or, where all fits keep their features, the first on which most candidates have
/// a fit: features of different splits share no axes and no held-out samples.
Place split_to_show(const FigurePlace& place, const std::vector<const ReportRow*>& rows) {
  Place best{SeedIndex{0}, FoldIndex{0}};
  if (place.records().job.output.features != FeatureOutput::all) return best;
  std::set<Place> splits;
  for (const ReportRow* row : rows)
    for (const FitRow& fit : row->fit_rows) splits.emplace(fit.seed, fit.fold);
  std::ptrdiff_t most = 0;
  for (const Place& split : splits) {
    const auto done = std::count_if(rows.begin(), rows.end(), [&](const ReportRow* row) {
      return done_at(*row, split) != nullptr;
    });
    if (done > most) best = split;
    most = std::max(most, done);
  }
  return best;
}

std::string why_no_maps(const FigurePlace& place) {
  if (place.records().job.output.features == FeatureOutput::none)
    return "the job keeps no features (output.features)";
  if (!place.source->read) return "no features are read";
  const std::vector<const ReportRow*> rows = encoded_rows(place);
  const Place split = split_to_show(place, rows);
  return std::none_of(rows.begin(), rows.end(),
                      [&](const ReportRow* row) { return done_at(*row, split) != nullptr; })
             ? "no fit of an encoder is done on the split whose features are kept"
             : "";
}

/// One candidate's samples and their places.
struct CandidateMap {
  const ReportRow* row = nullptr;
  std::vector<std::uint32_t> samples;  ///< rows of the store
  std::vector<MapRole> roles;
  std::optional<double> domain_auc;  ///< of this fit
  ProjectedMap map;
};

std::vector<std::int32_t> codes_of(const CodedColumn& column,
                                   const std::vector<std::uint32_t>& rows) {
  std::vector<std::int32_t> codes;
  codes.reserve(rows.size());
  for (const std::uint32_t row : rows) codes.push_back(column.codes.at(row));
  return codes;
}

std::vector<MapRole> roles_of(const FigurePlace& place, const FitId& id,
                              const std::vector<std::uint32_t>& rows) {
  const RunRecords& records = place.records();
  const auto fit = std::find_if(records.plan.fits.begin(), records.plan.fits.end(),
                                [&](const Fit& one) { return one.id == id; });
  CF_EXPECT(fit != records.plan.fits.end());
  const Split split = split_of(records.job, records.plan, *fit);
  const std::set<std::uint32_t> held_out(split.test.begin(), split.test.end());
  const std::vector<std::uint32_t>& oos = records.plan.basis.samples[place.experiment].oos;
  const std::set<std::uint32_t> outside(oos.begin(), oos.end());
  std::vector<MapRole> roles;
  roles.reserve(rows.size());
  for (const std::uint32_t row : rows)
    roles.push_back(outside.contains(row)    ? MapRole::oos
                    : held_out.contains(row) ? MapRole::held_out
                                             : MapRole::train);
  return roles;
}

CandidateMap map_of(const FigurePlace& place, const ReportRow& row, const FitRow& fit,
                    const Features& features, Method method) {
  const SampleTable& samples = place.records().samples;
  const projection::ProjectSettings settings{.method = method, .threads = place.source->threads};
  CF_VALIDATE(features.rows.size() >= projection::fewest_points(settings), ErrorCode::bad_input,
              fmt::format("has {} samples (this map looks at neighbours of each, and needs {}). "
                          "`crossfold project` makes maps of fewer: lower its --neighbors or "
                          "--perplexity",
                          features.rows.size(), fewest_points(settings)),
              place.table->experiment);
  const std::vector<std::int32_t> classes = codes_of(samples.class_label, features.rows);
  const std::vector<std::int32_t> domains = codes_of(samples.domain, features.rows);
  CandidateMap made{.row = &row,
                    .samples = features.rows,
                    .roles = roles_of(place, fit.id, features.rows),
                    .domain_auc = {},
                    .map = projection::project({.values = features.values, .dim = features.dim},
                                               {.classes = classes, .domains = domains}, settings)};
  if (fit.result->probe) made.domain_auc = fit.result->probe->auc;
  return made;
}

/// Of every candidate that has features on the split. Error{bad_input} where none has.
std::vector<CandidateMap> candidate_maps(const FigurePlace& place, Method method) {
  const std::vector<const ReportRow*> rows = encoded_rows(place);
  const Place split = split_to_show(place, rows);
  std::vector<CandidateMap> maps;
  for (const ReportRow* row : rows) {
    const FitRow* fit = done_at(*row, split);
    if (fit == nullptr) continue;
    const std::optional<Artefacts> kept = place.source->read(fit->id);
    if (kept && kept->features) maps.push_back(map_of(place, *row, *fit, *kept->features, method));
  }
  CF_VALIDATE(!maps.empty(), ErrorCode::bad_input,
              "has no features of this experiment (its artefacts are lost). `crossfold run` with "
              "the same job and --out trains those fits again",
              place.table->experiment);
  return maps;
}

/// What a map is coloured by.
struct Colouring {
  const char* label;
  const CodedColumn* column;
  std::vector<std::int32_t> levels;  ///< codes that occur, in the store's order
  std::optional<NeighborPurity> projection::MapQuality::*purity;

  /// Of a level, or of samples without one.
  [[nodiscard]] Colour colour(std::int32_t code) const {
    const auto at = std::find(levels.begin(), levels.end(), code);
    const auto index = static_cast<std::size_t>(at - levels.begin());
    return at == levels.end() || index >= kColoursUpTo ? Colour::grey : series_colour(index);
  }
};

Colouring colouring(const char* label, const CodedColumn& column,
                    const std::vector<CandidateMap>& maps,
                    std::optional<NeighborPurity> projection::MapQuality::*purity) {
  std::set<std::int32_t> codes;
  for (const CandidateMap& map : maps)
    for (const std::uint32_t row : map.samples) codes.insert(column.codes.at(row));
  codes.erase(-1);
  return {label, &column, {codes.begin(), codes.end()}, purity};
}

/// Both axes in one unit, so that distances can be compared.
void set_scales(Panel& panel, const std::vector<projection::MapPoint>& points) {
  std::vector<double> xs;
  std::vector<double> ys;
  for (const projection::MapPoint& at : points) {
    xs.push_back(at.x);
    ys.push_back(at.y);
  }
  panel.x.scale = linear_scale(xs);
  panel.y.scale = linear_scale(ys);
  const double half = 0.5 * std::max(panel.x.scale.high - panel.x.scale.low,
                                     panel.y.scale.high - panel.y.scale.low);
  for (Scale* scale : {&panel.x.scale, &panel.y.scale}) {
    const double middle = 0.5 * (scale->low + scale->high);
    *scale = linear_scale(middle - half, middle + half);
  }
}

/// In the order in which they are drawn: those that are few lie on top.
std::array<MapRole, kRoles.size()> most_first(const std::vector<MapRole>& roles) {
  std::array<MapRole, kRoles.size()> order = kRoles;
  const auto number = [&](MapRole role) { return std::count(roles.begin(), roles.end(), role); };
  std::stable_sort(order.begin(), order.end(),
                   [&](MapRole a, MapRole b) { return number(a) > number(b); });
  return order;
}

void add_dots(Panel& panel, const FigurePlace& place, const CandidateMap& map,
              const Colouring& by) {
  std::vector<std::int32_t> levels = by.levels;
  levels.push_back(-1);
  for (const MapRole role : most_first(map.roles))
    for (const std::int32_t level : levels) {
      const RoleStyle style = style_of(role);
      Points dots{
          .series = fmt::format("{}, {}",
                                level < 0 ? fmt::format("no {}", by.label)
                                          : by.column->levels.at(static_cast<std::size_t>(level)),
                                style.text),
          .at = {},
          .shape = style.shape,
          .colour = by.colour(level),
          .size = style.size,
          .opacity = style.opacity};
      for (std::size_t i = 0; i < map.samples.size(); ++i) {
        if (map.roles[i] != role || by.column->codes.at(map.samples[i]) != level) continue;
        dots.at.push_back({map.map.points[i].x, map.map.points[i].y});
        if (map.samples.size() <= kTitlesUpTo)
          dots.titles.push_back(place.records().samples.id.at(map.samples[i]));
      }
      if (!dots.at.empty()) panel.marks.emplace_back(std::move(dots));
    }
}

Panel map_panel(const FigurePlace& place, const CandidateMap& map, const Colouring& by) {
  Panel panel{
      .title = fmt::format("{}, by {}", map.row->candidate, by.label),
      .x = {.scale = {}, .label = {}, .ticks = AxisTicks::hidden, .grid = GridLines::hidden},
      .y = {.scale = {}, .label = {}, .ticks = AxisTicks::hidden, .grid = GridLines::hidden},
      .height = 330,
      .aspect = Aspect::square};
  if (const auto& purity = map.map.quality.*by.purity)
    panel.x.label = fmt::format("same {} nearby: {:.2f} (chance {:.2f})", by.label, purity->map,
                                purity->chance);
  set_scales(panel, map.map.points);
  add_dots(panel, place, map, by);
  return panel;
}

void add_legend(Figure& figure, const Colouring& by) {
  for (std::size_t i = 0; i < std::min(by.levels.size(), kColoursUpTo); ++i)
    figure.legend.push_back(
        {.label = fmt::format("{} {}", by.label,
                              by.column->levels.at(static_cast<std::size_t>(by.levels[i]))),
         .swatch = Swatch::area,
         .colour = series_colour(i)});
  if (by.levels.size() > kColoursUpTo)
    figure.legend.push_back({.label = fmt::format("other {}", by.label),
                             .swatch = Swatch::area,
                             .colour = Colour::grey});
}

std::string name_or_nothing(const CodedColumn& column, std::size_t row) {
  const std::string* name = column.name_of(row);
  return name == nullptr ? "" : *name;
}

void add_rows(Figure& figure, const FigurePlace& place, const CandidateMap& map) {
  const SampleTable& samples = place.records().samples;
  for (std::size_t i = 0; i < map.samples.size(); ++i) {
    const std::uint32_t row = map.samples[i];
    figure.table.rows.push_back(
        {map.row->candidate, samples.id.at(row), style_of(map.roles[i]).text,
         name_or_nothing(samples.class_label, row), name_or_nothing(samples.domain, row),
         fmt::format("{}", map.map.points[i].x), fmt::format("{}", map.map.points[i].y)});
  }
}

/// What a reader must know to believe the maps.
Table qualities_of(const std::vector<CandidateMap>& maps) {
  Table table{.columns = {"candidate", "domain_auc", "trustworthiness", "continuity",
                          "domain_purity", "domain_purity_in_features", "domain_chance",
                          "class_purity", "class_purity_in_features", "class_chance"},
              .rows = {}};
  for (const CandidateMap& map : maps) {
    const projection::MapQuality& quality = map.map.quality;
    std::vector<std::string> row{map.row->candidate, cell_text(map.domain_auc),
                                 cell_text(quality.trustworthiness), cell_text(quality.continuity)};
    for (const auto& purity : {quality.by_domain, quality.by_class})
      for (const double NeighborPurity::*part :
           {&NeighborPurity::map, &NeighborPurity::points, &NeighborPurity::chance})
        row.push_back(purity ? cell_text((*purity).*part) : "");
    table.rows.push_back(std::move(row));
  }
  return table;
}

std::string quality_text(const std::vector<CandidateMap>& maps) {
  std::string text;
  for (const CandidateMap& map : maps) {
    text += fmt::format("; {}: trustworthiness {:.3f}, continuity {:.3f}", map.row->candidate,
                        map.map.quality.trustworthiness, map.map.quality.continuity);
    if (map.domain_auc) text += fmt::format(", domain AUC {:.3f}", *map.domain_auc);
  }
  return text;
}

Figure map_figure(const FigurePlace& place, const FigureKind& kind, Method method) {
  Figure figure = begin_figure(place, kind);
  const std::vector<CandidateMap> maps = candidate_maps(place, method);
  const SampleTable& samples = place.records().samples;
  const Colouring domains =
      colouring("domain", samples.domain, maps, &projection::MapQuality::by_domain);
  const Colouring classes =
      colouring("class", samples.class_label, maps, &projection::MapQuality::by_class);
  figure.table.columns = {"candidate", "id", "role", "class", "domain", "x", "y"};
  for (const CandidateMap& map : maps) {
    figure.panels.push_back(map_panel(place, map, domains));
    figure.panels.push_back(map_panel(place, map, classes));
    add_rows(figure, place, map);
  }
  figure.panel_columns = 2;
  add_legend(figure, domains);
  add_legend(figure, classes);
  for (const MapRole role : kRoles)
    figure.legend.push_back(
        {.label = style_of(role).text, .colour = Colour::muted, .shape = style_of(role).shape});
  figure.summary = qualities_of(maps);
  const Place split = split_to_show(place, encoded_rows(place));
  figure.caption = fmt::format(
      "{} of the features z' of one fit of each candidate, all on the split seed {} fold {}; each "
      "candidate has axes of its own. Nearby: among the {} nearest on the map.",
      method == Method::umap ? "UMAP (McInnes et al. 2018)" : "t-SNE (van der Maaten 2008)",
      split.first.value, split.second.value, maps.front().map.quality.neighbors);
  figure.how_to_read =
      "Where domains mix and classes do not, the encoder has forgotten the domain and kept the "
      "task; only who is near whom means something.";
  figure.n = fmt::format("n = {}", counted_text(maps.front().samples.size(), "image")) +
             quality_text(maps);
  return figure;
}

}  // namespace

std::vector<FigureKind> map_figures() {
  return {{"maps", "Maps of the features (UMAP)", why_no_maps,
           [](const FigurePlace& place, const FigureKind& kind) {
             return map_figure(place, kind, Method::umap);
           },
           FigureOccasion::on_request},
          {"maps-tsne", "Maps of the features (t-SNE)", why_no_maps,
           [](const FigurePlace& place, const FigureKind& kind) {
             return map_figure(place, kind, Method::tsne);
           },
           FigureOccasion::on_request}};
}

}  // namespace crossfold
