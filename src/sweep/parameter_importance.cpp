#include "crossfold/sweep/parameter_importance.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <variant>

#include <fmt/format.h>

#include "crossfold/core/error.h"

#include "pearson_divergence.h"

namespace crossfold::sweep {
namespace {

using Value = std::variant<double, std::string>;

constexpr std::size_t kMostCategories = 12;  // of numbers

/// A candidate that has the parameter.
struct Member {
  double score = 0;
  Value value;
};

/// Keys in the order of their first appearance, with the candidates that have them.
struct Key {
  std::string key;
  std::vector<Member> members;
};

std::vector<Key> members_of_keys(std::span<const ScoredParameters> candidates) {
  std::vector<Key> keys;
  std::map<std::string, std::size_t> places;
  for (const ScoredParameters& candidate : candidates) {
    if (!candidate.score) continue;
    CF_EXPECT(std::isfinite(*candidate.score));
    for (const Parameter& parameter : candidate.parameters) {
      const auto [place, is_new] = places.try_emplace(parameter.key, keys.size());
      if (is_new) keys.push_back({parameter.key, {}});
      keys[place->second].members.push_back({*candidate.score, parameter.value});
    }
  }
  return keys;
}

/// How many of the members, best first, make up this share; equals of the last one included.
std::size_t size_of_set(std::span<const Member> best_first, double share) {
  const double wanted = std::ceil(share * static_cast<double>(best_first.size()) - 1e-9);
  std::size_t size = std::min(static_cast<std::size_t>(wanted), best_first.size());
  while (size > 0 && size < best_first.size() &&
         best_first[size].score == best_first[size - 1].score)
    ++size;
  return size;
}

/// The number of each member's value in the order of values.
std::vector<std::size_t> categories_of(std::span<const Member> members) {
  std::map<Value, std::size_t> numbers;
  for (const Member& member : members) numbers.emplace(member.value, 0);
  std::size_t next = 0;
  for (auto& [value, number] : numbers) number = next++;
  std::vector<std::size_t> categories;
  for (const Member& member : members) categories.push_back(numbers.at(member.value));
  return categories;
}

bool are_categories(std::span<const Member> members, std::span<const std::size_t> categories) {
  for (const Member& member : members) {
    if (std::holds_alternative<std::string>(member.value)) return true;
  }
  const std::size_t values = 1 + *std::max_element(categories.begin(), categories.end());
  return values <= kMostCategories && 2 * values <= members.size();
}

enum class Scale { linear, logarithmic };

/// Values mapped to [0, 1] by their range.
std::vector<double> positions_of(std::span<const Member> members, Scale scale,
                                 const std::string& key) {
  std::vector<double> positions;
  for (const Member& member : members) {
    const double value = std::get<double>(member.value);
    CF_VALIDATE(
        std::isfinite(value) && (scale == Scale::linear || value > 0), ErrorCode::bad_input,
        fmt::format("a value of {} is {} (it has no place on the scale). draw it on a linear "
                    "scale from finite numbers",
                    key, value));
    positions.push_back(scale == Scale::logarithmic ? std::log(value) : value);
  }
  const auto [low, high] = std::minmax_element(positions.begin(), positions.end());
  const double origin = *low;
  const double range = *high - *low;
  for (double& position : positions) position = range > 0 ? (position - origin) / range : 0.5;
  return positions;
}

double divergence(std::span<const Member> baseline, std::size_t top, Scale scale,
                  const std::string& key) {
  const std::vector<std::size_t> categories = categories_of(baseline);
  if (are_categories(baseline, categories))
    return divergence_of_shares(std::span(categories).first(top), categories);
  const std::vector<double> positions = positions_of(baseline, scale, key);
  return divergence_of_densities(std::span(positions).first(top), positions);
}

ParameterImportance importance_of(Key& key, const ImportanceSettings& settings) {
  std::vector<Member>& members = key.members;
  std::stable_sort(members.begin(), members.end(),
                   [](const Member& a, const Member& b) { return a.score > b.score; });
  ParameterImportance importance{.key = key.key,
                                 .candidates = members.size(),
                                 .top = size_of_set(members, settings.top),
                                 .variance = std::nullopt,
                                 .share = std::nullopt};
  if (importance.top < 2) return importance;
  const auto baseline = std::span(members).first(size_of_set(members, settings.baseline));
  const bool is_log = std::find(settings.logarithmic.begin(), settings.logarithmic.end(),
                                key.key) != settings.logarithmic.end();
  const double ratio = static_cast<double>(importance.top) / static_cast<double>(baseline.size());
  importance.variance =
      ratio * ratio *
      divergence(baseline, importance.top, is_log ? Scale::logarithmic : Scale::linear, key.key);
  return importance;
}

}  // namespace

std::vector<ParameterImportance> parameter_importance(std::span<const ScoredParameters> candidates,
                                                      const ImportanceSettings& settings) {
  CF_EXPECT(settings.top > 0 && settings.top < settings.baseline && settings.baseline <= 1);
  std::vector<ParameterImportance> importances;
  double sum = 0;
  for (Key& key : members_of_keys(candidates)) {
    importances.push_back(importance_of(key, settings));
    sum += importances.back().variance.value_or(0);
  }
  for (ParameterImportance& one : importances) {
    if (one.variance && sum > 0) one.share = *one.variance / sum;
  }
  return importances;
}

}  // namespace crossfold::sweep
