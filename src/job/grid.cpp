#include "grid.h"

#include <cstddef>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/strict_json.h"

namespace crossfold {
namespace {

using nlohmann::json;

constexpr std::size_t kMostPoints = 100'000;

struct GridAxis {
  json::json_pointer field;
  std::string name;  ///< "lambda.from"
  std::vector<json> values;
};

std::vector<json> grid_values(const json& grid, const std::string& pointer,
                              ValidationErrors& errors) {
  std::vector<json> values;
  const json& list = grid.at("grid");
  if (grid.size() != 1)
    errors.add(pointer, "has other keys beside 'grid' (a grid stands for one number). remove them");
  if (!list.is_array() || list.empty()) {
    errors.add(pointer + "/grid",
               fmt::format("must be a list of numbers that is not empty ({} was found)",
                           short_json(list)));
    return values;
  }
  std::set<json> seen;  // compares 1 and 1.0 as equal
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string here = fmt::format("{}/grid/{}", pointer, i);
    if (!list[i].is_number()) {
      errors.add(here, fmt::format("must be a number ({} was found)", short_json(list[i])));
    } else if (!seen.insert(list[i]).second) {
      errors.add(here,
                 fmt::format("is {} a second time (each candidate is trained once). remove one",
                             short_json(list[i])));
    } else {
      values.push_back(list[i]);
    }
  }
  return values;
}

void find_axes(const json& value, const json::json_pointer& at, const std::string& name,
               const std::string& pointer, std::vector<GridAxis>& axes, ValidationErrors& errors) {
  if (!value.is_object()) return;
  if (value.contains("grid")) {
    std::vector<json> values = grid_values(value, pointer, errors);
    if (!values.empty()) axes.push_back({at, name, std::move(values)});
    return;
  }
  for (const auto& [key, inner] : value.items())
    find_axes(inner, at / key, name.empty() ? key : name + "." + key,
              pointer + "/" + pointer_part(key), axes, errors);
}

}  // namespace

std::vector<GridPoint> expand_grids(const json& candidate, const std::string& pointer,
                                    ValidationErrors& errors) {
  std::vector<GridAxis> axes;
  find_axes(candidate, json::json_pointer(), "", pointer, axes, errors);
  std::size_t points = 1;
  for (const GridAxis& axis : axes) {
    points *= axis.values.size();
    if (points <= kMostPoints) continue;
    errors.add(pointer,
               fmt::format("has grids of more than {} points (too many for one candidate). "
                           "split it into several jobs",
                           kMostPoints));
    return {};
  }
  json bare = candidate;  // of which each point is a copy: without the lists
  for (const GridAxis& axis : axes) bare[axis.field] = nullptr;
  std::vector<GridPoint> expanded;
  for (std::size_t point = 0; point < points; ++point) {
    GridPoint made{.suffix = "", .settings = bare, .parameters = {}};
    std::size_t rest = point;
    std::size_t block = points;
    for (const GridAxis& axis : axes) {
      block /= axis.values.size();
      const json& value = axis.values[rest / block];
      rest %= block;
      made.settings[axis.field] = value;
      made.parameters.push_back({axis.name, value.get<double>()});
      made.suffix +=
          fmt::format("{}{}={}", made.suffix.empty() ? "" : ",", axis.name, value.dump());
    }
    if (!axes.empty()) made.suffix = "[" + made.suffix + "]";
    expanded.push_back(std::move(made));
  }
  return expanded;
}

}  // namespace crossfold
