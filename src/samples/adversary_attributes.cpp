#include "adversary_attributes.h"

#include <set>
#include <utility>
#include <variant>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crossfold/core/error.h"
#include "crossfold/job/names.h"
#include "crossfold/samples/pool_levels.h"

#include "pool_values.h"

namespace crossfold {
namespace {

/// The names that can stand there: the label that is not the target, and names with levels.
std::string known_adversaries(const SampleTable& samples, const Experiment& experiment) {
  std::vector<std::string> known{
      name_of(experiment.target == Label::class_label ? Label::domain : Label::class_label)};
  for (const Attribute& attribute : samples.attributes)
    if (std::holds_alternative<CodedColumn>(attribute.values)) known.push_back(attribute.name);
  return fmt::format("{}", fmt::join(known, ", "));
}

}  // namespace

std::vector<ProbedAttribute> adversary_attributes(const SampleTable& samples,
                                                  const Experiment& experiment,
                                                  const ExperimentSamples& selected,
                                                  const std::string& where,
                                                  ValidationErrors& errors) {
  const auto error = [&](const std::string& name, const std::string& problem) {
    errors.add(where + "/candidates",
               fmt::format("has the adversary \"{}\" ({}). choose one of {}", name, problem,
                           known_adversaries(samples, experiment)));
  };
  std::vector<ProbedAttribute> found;
  for (const std::string& name : attributes_disentangled_from(experiment)) {
    const Attribute* attribute = find_attribute(samples, name);
    if (attribute == nullptr) {
      error(name, "the store has no such attribute");
      continue;
    }
    const auto* column = std::get_if<CodedColumn>(&attribute->values);
    if (column == nullptr) {
      error(name, "an attribute with numbers has no levels that a domain head could tell apart");
      continue;
    }
    ProbedAttribute one{.name = name, .values = with_levels_of(*column, selected.pool)};
    const PoolValues values = values_in_pool(one, selected, experiment.target);
    one.missing = values.missing;
    if (const std::string obstacle = obstacle_of(one, values, "told apart"); !obstacle.empty())
      error(name, obstacle);
    found.push_back(std::move(one));
  }
  return found;
}

const CodedColumn& adversary_column(const ExperimentSamples& samples, std::string_view of) {
  for (const Label label : {Label::class_label, Label::domain})
    if (of == name_of(label)) return samples.column(label);
  for (const ProbedAttribute& attribute : samples.adversaries)
    if (attribute.name == of) return std::get<CodedColumn>(attribute.values);
  throw_contract_error("an adversary of the experiment", __FILE__, __LINE__);
}

}  // namespace crossfold
