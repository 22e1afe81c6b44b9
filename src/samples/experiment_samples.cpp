#include "crossfold/samples/experiment_samples.h"

#include <algorithm>
#include <map>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crossfold/core/counted.h"
#include "crossfold/job/names.h"
#include "crossfold/samples/patients.h"
#include "crossfold/samples/pool_levels.h"

#include "adversary_attributes.h"
#include "level_set.h"
#include "probed_attributes.h"

namespace crossfold {
namespace {

/// Whether a model is to tell the levels of this label apart, so that one level is not enough.
bool learns(const Experiment& experiment, Label label) {
  if (experiment.target == label || experiment.probe == label) return true;
  return std::any_of(
      experiment.candidates.begin(), experiment.candidates.end(),
      [&](const Candidate& candidate) { return is_disentangled_from(candidate, name_of(label)); });
}

bool weighs(const Experiment& experiment, Label label) {
  return std::find(experiment.weights.begin(), experiment.weights.end(), label) !=
         experiment.weights.end();
}

/// Whether the levels of this label are left out of training, one after another.
bool leaves_out(const Experiment& experiment, Label label) {
  return label == Label::domain && experiment.sweep &&
         experiment.sweep->selects(SelectionRule::source_out);
}

/// What a sample needs to be of use to an experiment.
struct Needed {
  std::vector<Label> labels;
  const CodedColumn* left_out_by = nullptr;  ///< nullptr: nothing is left out in turns
  std::string left_out_name;
};

/// Why a sample that passes the filter cannot be used; empty when it can.
std::string missing_part(const SampleTable& samples, std::uint32_t row, const Needed& needed) {
  if (samples.role.codes[row] < 0) return "role missing";
  for (const Label label : needed.labels) {
    const CodedColumn& column = label == Label::class_label ? samples.class_label : samples.domain;
    if (column.codes[row] < 0)
      return label == Label::class_label ? "class missing" : "domain missing";
  }
  if (needed.left_out_by != nullptr && needed.left_out_by->codes[row] < 0)
    return needed.left_out_name + " missing";
  return "";
}

bool is_empty(const CodedColumn& column) {
  return std::all_of(column.codes.begin(), column.codes.end(),
                     [](std::int32_t code) { return code < 0; });
}

/// Why the pool is empty, and what to do; `missing` are samples that pass the filter, by what each
/// lacks.
std::string empty_pool(const SampleTable& samples, const Needed& needed,
                       const std::map<std::string, std::size_t>& missing) {
  for (const Label label : needed.labels)
    if (is_empty(label == Label::class_label ? samples.class_label : samples.domain))
      return fmt::format(
          "leaves no samples (each needs a {0}, and no sample of the store has one). make the "
          "store from a manifest with the column of the {0}, or take out what needs it",
          name_of(label));
  if (missing.empty()) return "leaves no samples. widen the filter";
  std::vector<std::string> reasons;
  for (const auto& [reason, count] : missing)
    reasons.push_back(fmt::format("{} in {}", reason, count));
  return fmt::format(
      "leaves no samples (all that pass lack something: {}). widen the filter, or "
      "fill in what is missing",
      fmt::join(reasons, ", "));
}

/// Keeps those of `rows` that every fit can be scored on.
void take_oos(const std::vector<std::uint32_t>& rows, Label target, ExperimentSamples& selected) {
  std::unordered_set<std::uint32_t> pool_groups;
  for (const std::uint32_t row : selected.pool) pool_groups.insert(selected.group[row]);
  for (const std::uint32_t row : rows) {
    if (selected.column(target).codes[row] < 0)
      ++selected.left_out[fmt::format("oos without a {} that the pool has", name_of(target))];
    else if (pool_groups.contains(selected.group[row]))
      ++selected.left_out["oos of a group that the pool has"];
    else
      selected.oos.push_back(row);
  }
}

/// The column of a label, an error where it is an attribute that has numbers or is not there.
const CodedColumn* find_column(const SampleTable& samples, const std::string& name,
                               ValidationErrors& errors) {
  if (name == name_of(Label::class_label)) return &samples.class_label;
  if (name == name_of(Label::domain)) return &samples.domain;
  const std::string where = "/splits/leave-out";
  const Attribute* attribute = find_attribute(samples, name);
  if (attribute == nullptr) {
    std::vector<std::string> known{name_of(Label::class_label), name_of(Label::domain)};
    for (const Attribute& of : samples.attributes) known.push_back(of.name);
    errors.add(where, fmt::format("has \"{}\" (neither a label nor an attribute of the store). "
                                  "choose one of {}",
                                  name, fmt::join(known, ", ")));
    return nullptr;
  }
  const auto* column = std::get_if<CodedColumn>(&attribute->values);
  if (column == nullptr)
    errors.add(where, fmt::format("has \"{}\" (an attribute with numbers has no levels that could "
                                  "be left out). take a label or an attribute with names",
                                  name));
  return column;
}

/// A column with two levels: whether it is one of the positive ones.
CodedColumn in_two(const CodedColumn& column, const std::vector<std::string>& positive,
                   const std::string& where, ValidationErrors& errors) {
  const LevelSet positive_levels(column, positive, where, errors);
  const std::string name = fmt::format("{}", fmt::join(positive, " or "));
  CodedColumn two{.codes = {}, .levels = {"not " + name, name}};
  two.codes.reserve(column.codes.size());
  for (const std::int32_t code : column.codes)
    two.codes.push_back(code < 0 ? -1 : positive_levels.passes(code) ? 1 : 0);
  return two;
}

/// Rows of the named sets that every fit of the experiment might be scored on.
void take_sets(const Experiment& experiment, const SampleSets& sets, const std::string& where,
               ExperimentSamples& selected, ValidationErrors& errors) {
  for (const std::string& name : experiment.evaluate_sets) {
    std::vector<std::uint32_t>& rows = selected.sets.emplace_back();
    std::size_t unknown = 0;
    for (const std::uint32_t row : sets.at(name)) {
      if (selected.column(experiment.target).codes[row] < 0)
        ++unknown;
      else
        rows.push_back(row);
    }
    const std::string reason =
        fmt::format("of '{}', without a {} that the pool has", name, name_of(experiment.target));
    if (unknown > 0) selected.left_out[reason] += unknown;
    if (rows.empty() && !selected.pool.empty() && !sets.at(name).empty())
      errors.add(where + "/evaluate",
                 fmt::format("has \"{}\" (none of its samples has a {} that the pool has). remove "
                             "it",
                             name, name_of(experiment.target)));
  }
}

void check_selection(const ExperimentSamples& selected, const Experiment& experiment,
                     const std::string& where, ValidationErrors& errors) {
  if (selected.pool.empty()) return;  // an error already
  for (const Label label : {Label::class_label, Label::domain}) {
    const std::vector<std::string>& levels = selected.column(label).levels;
    if (learns(experiment, label) && levels.size() < 2)
      errors.add(where, fmt::format("has samples of one {} only, {} (there is nothing to tell "
                                    "apart). widen 'samples'",
                                    name_of(label), levels.front()));
  }
  if (experiment.evaluate_oos && selected.oos.empty())
    errors.add(where + "/evaluate",
               fmt::format("has \"oos\" (no sample has that role, a {} that the pool has, and "
                           "a group outside of it). remove it, or give samples the role in the "
                           "store or by the job's 'roles'",
                           name_of(experiment.target)));
}

}  // namespace

std::vector<Label> labels_needed(const Experiment& experiment) {
  std::vector<Label> labels;
  for (const Label label : {Label::class_label, Label::domain})
    if (experiment.stratify == label || experiment.balance == label || learns(experiment, label) ||
        leaves_out(experiment, label) || weighs(experiment, label))
      labels.push_back(label);
  return labels;
}

SampleTable with_roles(const SampleTable& samples, const std::map<Role, SampleFilter>& roles,
                       ValidationErrors& errors) {
  SampleTable result = samples;
  std::vector<int> times_set(samples.size(), 0);
  for (const auto& [role, filter] : roles) {
    const std::string pointer = "/roles/" + name_of(role);
    const std::vector<bool> passes =
        passing(samples, filter, {}, Roleless::included, pointer, errors);
    for (std::size_t row = 0; row < samples.size(); ++row) {
      if (!passes[row]) continue;
      result.role.codes[row] = static_cast<std::int32_t>(role);
      ++times_set[row];
    }
  }
  constexpr std::size_t kMaxNamed = 5;
  std::vector<std::string> named;
  std::size_t both = 0;
  for (std::size_t row = 0; row < samples.size(); ++row)
    if (times_set[row] == 2 && both++ < kMaxNamed) named.push_back("'" + samples.id[row] + "'");
  if (both > 0)
    errors.add("/roles", fmt::format("gives {} both roles ({}{}). make the filters "
                                     "exclude each other",
                                     counted(both, "sample"), fmt::join(named, ", "),
                                     both > kMaxNamed ? ", ..." : ""));
  return result;
}

ExperimentSamples select_samples(const SampleTable& samples, const Experiment& experiment,
                                 const JobSelection& job, const std::string& where,
                                 ValidationErrors& errors) {
  ExperimentSamples selected;
  ValidationErrors unknown;
  const std::vector<bool> passes = passing(samples, experiment.samples, job.sets,
                                           Roleless::included, where + "/samples", unknown);
  Needed needed{.labels = labels_needed(experiment), .left_out_name = {}};
  if (job.leave_out) {
    needed.left_out_by = find_column(samples, job.leave_out->by, unknown);
    needed.left_out_name = job.leave_out->by;
  }
  std::optional<CodedColumn> target;
  if (!experiment.positive.empty())
    target = in_two(experiment.target == Label::class_label ? samples.class_label : samples.domain,
                    experiment.positive, where + "/positive", unknown);
  errors.add(unknown);
  if (!unknown.empty()) return selected;  // what the filter leaves says nothing then

  std::vector<std::uint32_t> outside;
  for (std::uint32_t row = 0; row < samples.size(); ++row) {
    if (!passes[row]) {
      if (experiment.evaluate_oos &&
          samples.role.codes[row] == static_cast<std::int32_t>(Role::oos))
        outside.push_back(row);
      continue;
    }
    const std::string missing = missing_part(samples, row, needed);
    if (missing.empty())
      selected.pool.push_back(row);
    else
      ++selected.left_out[missing];
  }
  if (selected.pool.empty())
    errors.add(where + "/samples", empty_pool(samples, needed, selected.left_out));
  const auto column_of = [&](Label label, const CodedColumn& column) {
    return with_levels_of(target && experiment.target == label ? *target : column, selected.pool);
  };
  selected.class_label = column_of(Label::class_label, samples.class_label);
  selected.domain = column_of(Label::domain, samples.domain);
  if (needed.left_out_by != nullptr)
    selected.left_out_by = with_levels_of(*needed.left_out_by, selected.pool);
  selected.group = patient_numbers(samples.group);
  take_oos(outside, experiment.target, selected);
  take_sets(experiment, job.sets, where, selected, errors);
  check_selection(selected, experiment, where, errors);
  if (!selected.pool.empty()) {
    selected.probed = probed_attributes(samples, experiment, selected, where, errors);
    selected.adversaries = adversary_attributes(samples, experiment, selected, where, errors);
  }
  return selected;
}

}  // namespace crossfold
