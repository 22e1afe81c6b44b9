#include "probed_attributes.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crossfold/core/counted.h"
#include "crossfold/job/names.h"

#include "pool_levels.h"

namespace crossfold {
namespace {

/// Each is a column of a logistic regression: names of patients, say, are no confounder.
constexpr std::size_t kMostLevels = 100;

const Attribute* find(const SampleTable& samples, const std::string& name) {
  const auto found = std::find_if(samples.attributes.begin(), samples.attributes.end(),
                                  [&](const Attribute& a) { return a.name == name; });
  return found == samples.attributes.end() ? nullptr : &*found;
}

std::string unknown_attribute(const std::string& name, const SampleTable& samples,
                              const Experiment& experiment) {
  std::vector<std::string> known{
      name_of(experiment.target == Label::klass ? Label::domain : Label::klass)};
  for (const Attribute& attribute : samples.attributes) known.push_back(attribute.name);
  return fmt::format("has \"{}\" (the store has no such attribute). choose one of {}", name,
                     fmt::join(known, ", "));
}

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

/// The different values in the pool, and the codes of the target that go with each.
struct Values {
  std::map<double, std::int32_t> targets;  ///< of the first sample with the value
  bool tell_target = true;                 ///< no value goes with two levels of the target
  std::size_t missing = 0;
};

Values values_in_pool(const ProbedAttribute& attribute, const ExperimentSamples& selected,
                      const CodedColumn& target) {
  Values values;
  for (const std::uint32_t row : selected.pool) {
    const std::optional<double> value = value_at(attribute, row);
    if (!value) {
      ++values.missing;
      continue;
    }
    const auto [at, is_new] = values.targets.emplace(*value, target.codes[row]);
    values.tell_target = values.tell_target && at->second == target.codes[row];
  }
  return values;
}

/// Each value goes with one level of the target and each level with one value.
bool is_target(const Values& values, const CodedColumn& target) {
  return values.tell_target && values.targets.size() == target.levels.size();
}

void check(const ProbedAttribute& attribute, const Values& values, Label target_label,
           const CodedColumn& target, const std::string& where, Mistakes& mistakes) {
  const auto mistake = [&](const std::string& problem) {
    mistakes.add(where, fmt::format("has \"{}\" ({})", attribute.name, problem) +
                            ". remove it or probe another one");
  };
  if (values.targets.empty())
    mistake("no sample of the pool has a value");
  else if (values.targets.size() == 1)
    mistake(
        fmt::format("it is {} for all samples of the pool that have a value, so there is "
                    "nothing to tell apart",
                    text_of(attribute, values.targets.begin()->first)));
  else if (is_target(values, target))
    mistake(fmt::format("in the pool it is the {}, the target, under another name",
                        name_of(target_label)));
  else if (!attribute.is_number() && values.targets.size() > kMostLevels)
    mistake(fmt::format("it has {} in the pool, at most {} are probed",
                        counted(values.targets.size(), "level"), kMostLevels));
}

}  // namespace

std::vector<ProbedAttribute> probed_attributes(const SampleTable& samples,
                                               const Experiment& experiment,
                                               const ExperimentSamples& selected,
                                               const std::string& where, Mistakes& mistakes) {
  const std::string probe = where + "/probe";
  const CodedColumn& target = selected.column(experiment.target);
  std::vector<ProbedAttribute> probed;
  for (const std::string& name : experiment.probe_attributes) {
    const Attribute* attribute = find(samples, name);
    if (attribute == nullptr) {
      mistakes.add(probe, unknown_attribute(name, samples, experiment));
      continue;
    }
    ProbedAttribute one{.name = name, .values = attribute->values};
    if (auto* column = std::get_if<CodedColumn>(&one.values))
      *column = with_levels_of(*column, selected.pool);
    const Values values = values_in_pool(one, selected, target);
    one.missing = values.missing;
    check(one, values, experiment.target, target, probe, mistakes);
    probed.push_back(std::move(one));
  }
  return probed;
}

std::vector<FurtherProbe> further_probes(const Experiment& experiment,
                                         const ExperimentSamples& samples) {
  std::vector<FurtherProbe> probes;
  if (!has_further_probes(experiment)) return probes;
  for (const ProbedAttribute& attribute : samples.probed)
    probes.push_back({.of = attribute.name, .attribute = &attribute});
  if (experiment.probe_within == ProbeWithin::pool) return probes;
  for (std::int32_t code = 0; code < static_cast<std::int32_t>(samples.klass.levels.size());
       ++code) {
    if (experiment.probe == Label::domain)
      probes.push_back({.of = name_of(Label::domain), .within = code});
    for (const ProbedAttribute& attribute : samples.probed)
      probes.push_back({.of = attribute.name, .attribute = &attribute, .within = code});
  }
  return probes;
}

const std::vector<std::string>& levels_of(const FurtherProbe& probe,
                                          const ExperimentSamples& samples) {
  static const std::vector<std::string> kThirds{"lower third", "middle third", "upper third"};
  if (probe.attribute == nullptr) return samples.column(Label::domain).levels;
  const auto* column = std::get_if<CodedColumn>(&probe.attribute->values);
  return column == nullptr ? kThirds : column->levels;
}

}  // namespace crossfold
