#include "probed_attributes.h"

#include <cstdint>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crossfold/job/names.h"
#include "crossfold/samples/pool_levels.h"

#include "pool_values.h"

namespace crossfold {
namespace {

std::string unknown_attribute(const std::string& name, const SampleTable& samples,
                              const Experiment& experiment) {
  std::vector<std::string> known{
      name_of(experiment.target == Label::class_label ? Label::domain : Label::class_label)};
  for (const Attribute& attribute : samples.attributes) known.push_back(attribute.name);
  return fmt::format("has \"{}\" (the store has no such attribute). choose one of {}", name,
                     fmt::join(known, ", "));
}

}  // namespace

std::vector<ProbedAttribute> probed_attributes(const SampleTable& samples,
                                               const Experiment& experiment,
                                               const ExperimentSamples& selected,
                                               const std::string& where, ValidationErrors& errors) {
  const std::string probe = where + "/probe";
  std::vector<ProbedAttribute> probed;
  for (const std::string& name : experiment.probe_attributes) {
    const Attribute* attribute = find_attribute(samples, name);
    if (attribute == nullptr) {
      errors.add(probe, unknown_attribute(name, samples, experiment));
      continue;
    }
    ProbedAttribute one{.name = name, .values = attribute->values};
    if (auto* column = std::get_if<CodedColumn>(&one.values))
      *column = with_levels_of(*column, selected.pool);
    const PoolValues values = values_in_pool(one, selected, experiment.target);
    one.missing = values.missing;
    if (const std::string obstacle = obstacle_of(one, values, "probed"); !obstacle.empty())
      errors.add(probe,
                 fmt::format("has \"{}\" ({}). remove it or probe another one", name, obstacle));
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
  for (std::int32_t code = 0; code < static_cast<std::int32_t>(samples.class_label.levels.size());
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
