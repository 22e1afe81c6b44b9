#include "read_draw.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "crossfold/core/strict_json.h"

namespace crossfold {
namespace {

using nlohmann::json;

/// In the order of DimensionKind.
constexpr std::array<const char*, 4> kWords{"uniform", "log", "int", "choice"};

constexpr double kLargest = 1e9;

std::optional<Draw> read_interval(DimensionKind kind, const json& ends, const std::string& pointer,
                                  ValidationErrors& errors) {
  const bool whole = kind == DimensionKind::whole;
  const bool fits = ends.is_array() && ends.size() == 2 &&
                    std::all_of(ends.begin(), ends.end(), [&](const json& end) {
                      const bool number = whole ? end.is_number_integer() : end.is_number();
                      return number && std::abs(end.get<double>()) <= kLargest;
                    });
  if (!fits) {
    errors.add(pointer, fmt::format("must be [low, high], two {}numbers of at most 1e9 ({} was "
                                    "found)",
                                    whole ? "whole " : "", short_json(ends)));
    return std::nullopt;
  }
  const auto end_of = [&](std::size_t i) {
    const double end = ends[i].get<double>();
    return whole ? end : rounded_to_digits(end);
  };
  const Draw draw{.kind = kind, .low = end_of(0), .high = end_of(1), .options = {}, .values = {}};
  if (kind == DimensionKind::log && (draw.low <= 0 || draw.high <= 0)) {
    errors.add(pointer, fmt::format("is {} (0 and below have no logarithm). take numbers above "
                                    "0, or 'uniform'",
                                    short_json(ends)));
    return std::nullopt;
  }
  if (draw.low >= draw.high) {
    errors.add(pointer, fmt::format("is {} (nothing lies between). give the lower end first, "
                                    "then the higher one",
                                    short_json(ends)));
    return std::nullopt;
  }
  return draw;
}

/// What the options of a choice of objects are called: by their schedules where these differ.
std::vector<std::variant<double, std::string>> names_of_branches(const json& list) {
  std::vector<std::variant<double, std::string>> by_schedule, by_index;
  std::set<std::string> schedules;
  for (const json& branch : list) {
    by_index.emplace_back(std::to_string(by_index.size()));
    const auto schedule = branch.find("schedule");
    if (schedule == branch.end() || !schedule->is_string()) continue;
    schedules.insert(schedule->get<std::string>());
    by_schedule.emplace_back(schedule->get<std::string>());
  }
  return schedules.size() == list.size() ? by_schedule : by_index;
}

std::optional<Draw> read_choice(const json& list, const std::string& pointer,
                                ValidationErrors& errors) {
  if (!list.is_array() || list.empty()) {
    errors.add(pointer, fmt::format("must be a list of numbers, words or objects that is not "
                                    "empty ({} was found)",
                                    short_json(list)));
    return std::nullopt;
  }
  ValidationErrors own;
  std::set<json> seen;  // compares 1 and 1.0 as equal
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string here = fmt::format("{}/{}", pointer, i);
    const json& option = list[i];
    if (is_draw(option))
      own.add(here, fmt::format("is a draw itself ({}). choose between objects, and draw inside "
                                "them",
                                short_json(option)));
    else if (!option.is_number() && !option.is_string() && !option.is_object())
      own.add(here, fmt::format("must be a number, a word or an object ({} was found)",
                                short_json(option)));
    else if (option.is_object() != list[0].is_object())
      own.add(here, fmt::format("is {} (objects do not mix with numbers and words). choose "
                                "between objects only",
                                short_json(option)));
    else if (!seen.insert(option).second)
      own.add(here, fmt::format("is {} a second time (each has the same chance). remove one",
                                short_json(option)));
  }
  errors.add(own);
  if (!own.empty()) return std::nullopt;
  Draw draw{.kind = DimensionKind::choice, .low = 0, .high = 0, .options = list, .values = {}};
  if (list[0].is_object()) {
    draw.values = names_of_branches(list);
    return draw;
  }
  for (const json& option : list) {
    if (option.is_number())
      draw.values.emplace_back(option.get<double>());
    else
      draw.values.emplace_back(option.get<std::string>());
  }
  return draw;
}

}  // namespace

bool is_draw(const json& value) {
  return value.is_object() && std::any_of(kWords.begin(), kWords.end(),
                                          [&](const char* word) { return value.contains(word); });
}

std::optional<Draw> read_draw(const json& value, const std::string& pointer,
                              ValidationErrors& errors) {
  if (value.size() != 1) {
    errors.add(pointer, fmt::format("has other keys beside its draw ({} was found; it stands "
                                    "for one value). leave one key",
                                    short_json(value)));
    return std::nullopt;
  }
  const std::string& word = value.begin().key();
  const auto kind =
      static_cast<DimensionKind>(std::find(kWords.begin(), kWords.end(), word) - kWords.begin());
  const std::string here = pointer + "/" + word;
  return kind == DimensionKind::choice ? read_choice(*value.begin(), here, errors)
                                       : read_interval(kind, *value.begin(), here, errors);
}

double rounded_to_digits(double number) {
  std::array<char, 32> text{};
  const auto end = fmt::format_to(text.data(), "{:.5e}", number);
  double rounded = 0;
  std::from_chars(text.data(), end, rounded);
  return rounded;
}

}  // namespace crossfold
