#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/core/strict_json.h"
#include "crossfold/job/search_space_json.h"

#include "parameters.h"
#include "read_draw.h"

namespace crossfold {
namespace {

using nlohmann::json;

constexpr double kLargestCoordinate = 1 - 0x1.0p-53;

std::size_t option_at(double u, std::size_t options) {
  return std::min(options - 1, static_cast<std::size_t>(u * static_cast<double>(options)));
}

double number_at(const SearchDimension& dimension, double u) {
  const auto& [key, kind, low, high, options, only_if] = dimension;
  if (kind == DimensionKind::whole) return std::min(high, low + std::floor(u * (high - low + 1)));
  if (kind == DimensionKind::log)
    return rounded_to_digits(std::exp(std::log(low) + u * (std::log(high) - std::log(low))));
  return rounded_to_digits(low + u * (high - low));
}

double coordinate_of(const SearchDimension& dimension, double number) {
  const auto& [key, kind, low, high, options, only_if] = dimension;
  double u = (number - low) / (high - low);
  if (kind == DimensionKind::whole) u = (number - low + 0.5) / (high - low + 1);
  if (kind == DimensionKind::log)
    u = (std::log(number) - std::log(low)) / (std::log(high) - std::log(low));
  return std::clamp(u, 0.0, kLargestCoordinate);
}

}  // namespace

/// Walks down a candidate and collects its draws.
class SearchSpace::Reader {
 public:
  Reader(SearchSpace& space, ValidationErrors& errors) : space_(space), errors_(errors) {}

  struct At {
    json::json_pointer place;
    std::string key;
    std::string pointer;
    std::optional<SearchDimension::Condition> only_if;
  };

  /// Leaves null in `value` where a draw stood.
  void read(json& value, const At& at) {
    if (is_draw(value)) {
      read_draw(value, at);
      value = nullptr;
    } else if (value.is_object() && value.contains("grid") && at.only_if) {
      errors_.add(at.pointer,
                  "is a grid inside a choice (how many candidates there are would depend on the "
                  "draw). draw it by 'choice', or move the grid out");
    } else if (value.is_object()) {
      for (const auto& [key, inner] : value.items())
        read(inner, {.place = at.place / key,
                     .key = at.key.empty() ? key : at.key + "." + key,
                     .pointer = at.pointer + "/" + pointer_part(key),
                     .only_if = at.only_if});
    }
  }

 private:
  void read_draw(const json& value, const At& at) {
    const std::optional<Draw> draw = crossfold::read_draw(value, at.pointer, errors_);
    if (!draw) return;
    const std::size_t index = space_.dimensions_.size();
    space_.dimensions_.push_back({.key = at.key,
                                  .kind = draw->kind,
                                  .low = draw->low,
                                  .high = draw->high,
                                  .options = draw->options.size(),
                                  .only_if = at.only_if});
    space_.fields_.push_back({at.place, draw->options, draw->values});
    for (std::size_t i = 0; i < draw->options.size(); ++i) {
      json option = draw->options[i];
      read(option, {.place = at.place,
                    .key = at.key,
                    .pointer = fmt::format("{}/choice/{}", at.pointer, i),
                    .only_if = SearchDimension::Condition{.dimension = index, .option = i}});
      space_.fields_[index].options[i] = std::move(option);
    }
  }

  SearchSpace& space_;
  ValidationErrors& errors_;
};

SearchSpace SearchSpace::read(const json& candidate, const std::string& pointer,
                              ValidationErrors& errors) {
  SearchSpace space;
  space.bare_ = candidate;
  ValidationErrors own;
  Reader(space, own)
      .read(space.bare_,
            {.place = json::json_pointer(), .key = "", .pointer = pointer, .only_if = {}});
  if (own.empty() && space.dimensions_.size() > kMostDimensions)
    own.add(pointer, fmt::format("draws {} numbers and words (at most {} can be). fix some of them",
                                 space.dimensions_.size(), kMostDimensions));
  errors.add(own);
  return space;
}

std::optional<std::uint64_t> SearchSpace::size() const {
  constexpr double kCountable = 0x1.0p53;
  double whole_space = 1;
  std::vector<std::vector<double>> below(dimensions_.size());  // a product for each option
  for (std::size_t i = 0; i < dimensions_.size(); ++i) below[i].assign(dimensions_[i].options, 1.0);
  for (std::size_t i = dimensions_.size(); i-- > 0;) {  // children come after their parents
    const SearchDimension& dimension = dimensions_[i];
    double points = kCountable;
    if (dimension.kind == DimensionKind::whole) points = dimension.high - dimension.low + 1;
    if (dimension.kind == DimensionKind::choice) {
      points = 0;
      for (const double of_option : below[i]) points += of_option;
    }
    double& product = dimension.only_if
                          ? below[dimension.only_if->dimension][dimension.only_if->option]
                          : whole_space;
    product *= points;
  }
  if (!(whole_space < kCountable)) return std::nullopt;
  return static_cast<std::uint64_t>(whole_space);
}

/// Calls visit(dimension, option of a choice or 0) for each dimension that exists at the point.
template <class Visit>
void SearchSpace::visit(std::span<const double> point, Visit visit) const {
  CF_EXPECT(point.size() == dimensions_.size());
  std::vector<std::optional<std::size_t>> taken(point.size());
  for (std::size_t i = 0; i < point.size(); ++i) {
    const SearchDimension& dimension = dimensions_[i];
    if (dimension.only_if && taken[dimension.only_if->dimension] != dimension.only_if->option)
      continue;
    const bool is_choice = dimension.kind == DimensionKind::choice;
    taken[i] = is_choice ? option_at(point[i], dimension.options) : 0;
    visit(i, *taken[i]);
  }
}

std::vector<Parameter> SearchSpace::parameters_at(std::span<const double> point) const {
  std::vector<Parameter> parameters;
  visit(point, [&](std::size_t i, std::size_t option) {
    if (dimensions_[i].kind == DimensionKind::choice)
      parameters.push_back({dimensions_[i].key, fields_[i].values[option]});
    else
      parameters.push_back({dimensions_[i].key, number_at(dimensions_[i], point[i])});
  });
  sort_parameters(parameters);
  return parameters;
}

json SearchSpace::settings_at(std::span<const double> point) const {
  json settings = bare_;
  visit(point, [&](std::size_t i, std::size_t option) {
    json& value = settings[fields_[i].place];
    if (dimensions_[i].kind == DimensionKind::choice)
      value = fields_[i].options[option];
    else if (dimensions_[i].kind == DimensionKind::whole)
      value = static_cast<std::int64_t>(number_at(dimensions_[i], point[i]));
    else
      value = number_at(dimensions_[i], point[i]);
  });
  return settings;
}

std::vector<std::optional<double>> SearchSpace::point_of(
    std::span<const Parameter> parameters) const {
  std::vector<std::optional<double>> point(dimensions_.size());
  std::size_t used = 0;
  for (std::size_t i = 0; i < point.size(); ++i) {
    const SearchDimension& dimension = dimensions_[i];
    if (const auto& only_if = dimension.only_if) {
      const std::optional<double>& parent = point[only_if->dimension];
      const std::size_t options = dimensions_[only_if->dimension].options;
      if (!parent || option_at(*parent, options) != only_if->option) continue;
    }
    const auto found =
        std::find_if(parameters.begin(), parameters.end(),
                     [&](const Parameter& parameter) { return parameter.key == dimension.key; });
    CF_VALIDATE(found != parameters.end(), ErrorCode::bad_input,
                fmt::format("lacks the parameter '{}' (it is drawn there). take the job as the "
                            "program wrote it",
                            dimension.key));
    ++used;
    const std::vector<std::variant<double, std::string>>& values = fields_[i].values;
    const auto option = std::find(values.begin(), values.end(), found->value);
    const auto* number = std::get_if<double>(&found->value);
    const bool is_choice = dimension.kind == DimensionKind::choice;
    const bool fits =
        is_choice ? option != values.end()
                  : number != nullptr && *number >= dimension.low && *number <= dimension.high &&
                        (dimension.kind != DimensionKind::whole || std::trunc(*number) == *number);
    CF_VALIDATE(fits, ErrorCode::bad_input,
                fmt::format("the parameter '{}' has a value that is never drawn. take the job as "
                            "the program wrote it",
                            dimension.key));
    point[i] = is_choice ? (static_cast<double>(option - values.begin()) + 0.5) /
                               static_cast<double>(values.size())
                         : coordinate_of(dimension, *number);
  }
  CF_VALIDATE(used == parameters.size(), ErrorCode::bad_input,
              "has more parameters than are drawn there. take the job as the program wrote it");
  return point;
}

std::vector<std::vector<double>> SearchSpace::end_points() const {
  std::vector<std::vector<double>> points;
  const std::vector<double> low_ends(dimensions_.size(), 0.0);
  points.push_back(low_ends);
  for (std::size_t i = 0; i < dimensions_.size(); ++i) {
    std::vector<double> point = low_ends;
    for (auto at = dimensions_[i].only_if; at; at = dimensions_[at->dimension].only_if)
      point[at->dimension] = (static_cast<double>(at->option) + 0.5) /
                             static_cast<double>(dimensions_[at->dimension].options);
    const std::size_t ends = std::max<std::size_t>(2, dimensions_[i].options);
    for (std::size_t end = 0; end < ends; ++end) {
      const bool is_choice = dimensions_[i].kind == DimensionKind::choice;
      point[i] = is_choice  ? (static_cast<double>(end) + 0.5) / static_cast<double>(ends)
                 : end == 0 ? 0.0
                            : kLargestCoordinate;
      points.push_back(point);
    }
  }
  return points;
}

std::optional<std::string> find_draw(const json& settings, const std::string& pointer) {
  if (is_draw(settings)) return pointer;
  if (!settings.is_object()) return std::nullopt;
  for (const auto& [key, inner] : settings.items())
    if (auto found = find_draw(inner, pointer + "/" + pointer_part(key))) return found;
  return std::nullopt;
}

bool stands_for_several(const json& value) {
  return value.is_object() && (value.contains("grid") || is_draw(value));
}

bool has_several(const json& settings) {
  if (!settings.is_object()) return false;
  return stands_for_several(settings) || std::any_of(settings.begin(), settings.end(), has_several);
}

}  // namespace crossfold
