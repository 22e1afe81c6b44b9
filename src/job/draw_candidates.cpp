#include "draw_candidates.h"

#include <algorithm>
#include <optional>
#include <span>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/strict_json.h"
#include "crossfold/job/point_sequence.h"
#include "crossfold/job/search_space_json.h"

#include "parameters.h"

namespace crossfold {
namespace {

using nlohmann::json;

constexpr std::size_t kMostCandidates = 100'000;

/// So many draws one after another, as a share of what was found, without anything new: there is
/// nothing more. A value of average chance is missed by e^-100.
constexpr std::size_t kFruitless = 100;

struct DrawnPoint {
  std::vector<double> point;
  std::vector<Parameter> parameters;
};

/// The first `count` different points, or as many as there are.
std::vector<DrawnPoint> draw_points(const SearchSpace& space, const SweepSettings& sweep,
                                    std::size_t count, std::uint64_t root_seed) {
  const std::size_t dimensions = space.dimensions().size();
  const auto sequence = make_point_sequence(sweep.sampler, dimensions, root_seed);
  std::vector<DrawnPoint> drawn;
  std::unordered_set<std::string> known;
  std::vector<double> point(dimensions);
  std::size_t fruitless = 0;
  while (drawn.size() < count && fruitless <= kFruitless * (drawn.size() + 10)) {
    sequence->next(point);
    std::vector<Parameter> parameters = space.parameters_at(point);
    ++fruitless;
    if (!known.insert(name_suffix(parameters)).second) continue;
    fruitless = 0;
    drawn.push_back({point, std::move(parameters)});
  }
  return drawn;
}

std::size_t draws_of(const SweepSettings& sweep) {
  return sweep.sampler == Sampler::tpe ? std::min(sweep.candidates, sweep.generation)
                                       : sweep.candidates;
}

/// The draws of an entry, made from the first of its grid points; empty after an error.
std::vector<DrawnPoint> draw_checked(const SearchSpace& space, const SweepSettings& sweep,
                                     std::uint64_t root_seed, const std::string& pointer,
                                     ValidationErrors& errors) {
  const std::optional<std::uint64_t> size = space.size();
  const auto refuse = [&](std::uint64_t found) {
    errors.add(pointer, fmt::format("has {} different candidates ({} are to be drawn). ask for "
                                    "at most so many, or draw from more",
                                    found, sweep.candidates));
    return std::vector<DrawnPoint>();
  };
  if (size && *size < sweep.candidates) return refuse(*size);
  const std::size_t count = draws_of(sweep);
  std::vector<DrawnPoint> drawn = draw_points(space, sweep, count, root_seed);
  return drawn.size() < count ? refuse(drawn.size()) : drawn;
}

bool may_be_drawn(const json& candidate, const SweepSettings& sweep, const std::string& draw,
                  bool has_grids, const std::string& pointer, ValidationErrors& errors) {
  ValidationErrors own;
  std::vector<std::string> no_settings;
  if (draw == pointer) no_settings.push_back(draw);
  for (const char* key : {"name", "kind", "parameters"}) {
    const std::string place = fmt::format("{}/{}", pointer, key);
    if (candidate.contains(key) && find_draw(candidate.at(key), place) == place)
      no_settings.push_back(place);
  }
  for (const std::string& place : no_settings)
    own.add(place,
            "is a draw (only settings are drawn). list it as candidates of their own instead");
  if (sweep.sampler == Sampler::grid)
    own.add(draw,
            "is a draw (the sampler 'grid' takes listed values only). write a grid, or "
            "choose another sampler");
  if (sweep.sampler == Sampler::tpe && has_grids)
    own.add(pointer,
            "has a grid beside draws (the sampler 'tpe' learns over one space). write "
            "the grid as a 'choice'");
  if (candidate.contains("parameters"))
    own.add(draw,
            "is a draw in a candidate that has 'parameters' (it is drawn already). remove "
            "one of the two");
  errors.add(own);
  return own.empty();
}

}  // namespace

std::vector<GridPoint> expand_swept(const json& candidate, const SweepSettings& sweep,
                                    std::uint64_t root_seed, const std::string& pointer,
                                    ValidationErrors& errors) {
  const std::optional<std::string> draw = find_draw(candidate, pointer);
  std::vector<GridPoint> grid = expand_grids(candidate, pointer, errors);
  if (!draw || grid.empty()) return grid;
  const bool has_grids = !grid.front().parameters.empty();
  if (!may_be_drawn(candidate, sweep, *draw, has_grids, pointer, errors)) return {};

  ValidationErrors unreadable;
  const SearchSpace space = SearchSpace::read(grid.front().settings, pointer, unreadable);
  errors.add(unreadable);
  if (!unreadable.empty()) return {};
  if (grid.size() * draws_of(sweep) > kMostCandidates) {
    errors.add(pointer, fmt::format("gives {} candidates, {} for each of {} points of its grids "
                                    "(at most {} for one entry). draw fewer",
                                    grid.size() * draws_of(sweep), draws_of(sweep), grid.size(),
                                    kMostCandidates));
    return {};
  }
  std::vector<GridPoint> expanded;
  const auto drawn = draw_checked(space, sweep, root_seed, pointer, errors);
  for (const GridPoint& point : grid) {
    ValidationErrors none;  // the same draws, read above
    const SearchSpace here = SearchSpace::read(point.settings, pointer, none);
    for (const DrawnPoint& values : drawn) {
      GridPoint made{.suffix = "",
                     .settings = here.settings_at(values.point),
                     .parameters = values.parameters};
      made.parameters.insert(made.parameters.end(), point.parameters.begin(),
                             point.parameters.end());
      sort_parameters(made.parameters);
      made.suffix = name_suffix(made.parameters);
      expanded.push_back(std::move(made));
    }
  }
  return expanded;
}

}  // namespace crossfold
