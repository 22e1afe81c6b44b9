#include "pool_values.h"

#include <cmath>
#include <cstdint>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "crossfold/core/counted.h"
#include "crossfold/job/names.h"

namespace crossfold {
namespace {

/// Each is a column of a logistic regression: names of patients, say, are no confounder.
constexpr std::size_t kMostLevels = 100;

/// A value of the attribute as a number that can be compared; nothing where it is missing.
std::optional<double> value_at(const ProbedAttribute& attribute, std::uint32_t row) {
  if (const auto* column = std::get_if<CodedColumn>(&attribute.values))
    return column->codes[row] < 0 ? std::nullopt : std::optional<double>(column->codes[row]);
  const double number = std::get<std::vector<double>>(attribute.values)[row];
  return std::isnan(number) ? std::nullopt : std::optional(number);
}

std::string text_of(const ProbedAttribute& attribute, double value) {
  if (const auto* column = std::get_if<CodedColumn>(&attribute.values))
    return "'" + column->levels[static_cast<std::size_t>(value)] + "'";
  return fmt::format("{}", value);
}

}  // namespace

PoolValues values_in_pool(const ProbedAttribute& attribute, const ExperimentSamples& selected,
                          Label target) {
  const CodedColumn& targets = selected.column(target);
  std::map<double, std::int32_t> target_of;  // of the first sample with the value
  bool tell_target = true;                   // no value goes with two levels of the target
  PoolValues values;
  for (const std::uint32_t row : selected.pool) {
    const std::optional<double> value = value_at(attribute, row);
    if (!value) {
      ++values.missing;
      continue;
    }
    const auto [at, is_new] = target_of.emplace(*value, targets.codes[row]);
    tell_target = tell_target && at->second == targets.codes[row];
  }
  values.distinct = target_of.size();
  if (values.distinct > 0) values.first = text_of(attribute, target_of.begin()->first);
  if (tell_target && values.distinct == targets.levels.size()) values.is_target = name_of(target);
  return values;
}

std::string obstacle_of(const ProbedAttribute& attribute, const PoolValues& values,
                        std::string_view used) {
  if (values.distinct == 0) return "no sample of the pool has a value";
  if (values.distinct == 1)
    return fmt::format(
        "it is {} for all samples of the pool that have a value, so there is "
        "nothing to tell apart",
        values.first);
  if (!values.is_target.empty())
    return fmt::format("in the pool it is the {}, the target, under another name",
                       values.is_target);
  if (!attribute.is_number() && values.distinct > kMostLevels)
    return fmt::format("it has {} in the pool, at most {} are {}",
                       counted(values.distinct, "level"), kMostLevels, used);
  return "";
}

}  // namespace crossfold
