#include "crossfold/data/experiment_samples.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crossfold/job/names.h"

namespace crossfold {
namespace {

/// The codes of some names; unknown ones are mistakes. An empty list lets everything pass.
class LevelSet {
 public:
  LevelSet(const CodedColumn& column, const std::vector<std::string>& names,
           const std::string& where, Mistakes& mistakes)
      : passes_(column.levels.size(), names.empty()), everything_(names.empty()) {
    for (const std::string& name : names) {
      const auto found = std::find(column.levels.begin(), column.levels.end(), name);
      if (found == column.levels.end())
        mistakes.add(where, fmt::format("has \"{}\" (the store does not know it). take one of {}",
                                        name, fmt::join(column.levels, ", ")));
      else
        passes_[static_cast<std::size_t>(found - column.levels.begin())] = true;
    }
  }

  /// A missing label passes only where nothing is asked.
  [[nodiscard]] bool passes(std::int32_t code) const {
    return code < 0 ? everything_ : passes_[static_cast<std::size_t>(code)];
  }

 private:
  std::vector<bool> passes_;
  bool everything_;
};

/// `column` with only the levels that occur in `pool`, numbered anew in their old order.
CodedColumn recode(const CodedColumn& column, const std::vector<std::uint32_t>& pool) {
  std::vector<bool> found(column.levels.size(), false);
  for (const std::uint32_t row : pool)
    if (column.codes[row] >= 0) found[static_cast<std::size_t>(column.codes[row])] = true;
  CodedColumn recoded;
  std::vector<std::int32_t> new_code(column.levels.size(), -1);
  for (std::size_t level = 0; level < column.levels.size(); ++level) {
    if (!found[level]) continue;
    new_code[level] = static_cast<std::int32_t>(recoded.levels.size());
    recoded.levels.push_back(column.levels[level]);
  }
  recoded.codes.reserve(column.codes.size());
  for (const std::int32_t code : column.codes)
    recoded.codes.push_back(code < 0 ? -1 : new_code[static_cast<std::size_t>(code)]);
  return recoded;
}

std::vector<std::uint32_t> dense_groups(const std::vector<std::string>& names) {
  std::unordered_map<std::string, std::uint32_t> numbers;
  std::vector<std::uint32_t> groups;
  groups.reserve(names.size());
  for (const std::string& name : names) {
    const auto next = static_cast<std::uint32_t>(numbers.size());
    groups.push_back(numbers.emplace(name, next).first->second);
  }
  return groups;
}

bool needs(const Experiment& experiment, Label label) {
  if (experiment.target == label || experiment.stratify == label || experiment.probe == label)
    return true;
  return label == Label::domain &&
         std::any_of(experiment.candidates.begin(), experiment.candidates.end(),
                     [](const Candidate& c) { return c.kind == CandidateKind::disentangled; });
}

/// Whether something is to be learnt about this label, so that one level is not enough.
bool learns(const Experiment& experiment, Label label) {
  Experiment without_stratify = experiment;
  without_stratify.stratify = experiment.target;
  return needs(without_stratify, label);
}

void check_selection(const ExperimentSamples& selected, const Experiment& experiment,
                     const std::string& where, Mistakes& mistakes) {
  if (selected.pool.empty()) {
    mistakes.add(where + "/samples", "leaves no samples. widen the filter");
    return;
  }
  for (const Label label : {Label::klass, Label::domain}) {
    const std::vector<std::string>& levels = selected.column(label).levels;
    if (learns(experiment, label) && levels.size() < 2)
      mistakes.add(where, fmt::format("has samples of one {} only, {} (there is nothing to tell "
                                      "apart). widen 'samples'",
                                      name_of(label), levels.front()));
  }
  if (experiment.evaluate_oos && selected.oos.empty())
    mistakes.add(where + "/evaluate",
                 "has \"oos\" (no sample has that role and a known target). remove it, or give "
                 "samples the role in the store or by the job's 'roles'");
}

}  // namespace

SampleTable with_roles(const SampleTable& samples, const std::map<Role, SampleFilter>& roles) {
  SampleTable result = samples;
  Mistakes mistakes;
  std::vector<int> times_set(samples.size(), 0);
  for (const auto& [role, filter] : roles) {
    const std::string pointer = "/roles/" + name_of(role);
    const LevelSet klass(samples.klass, filter.klass, pointer + "/class", mistakes);
    const LevelSet domain(samples.domain, filter.domain, pointer + "/domain", mistakes);
    for (std::size_t row = 0; row < samples.size(); ++row) {
      if (!klass.passes(samples.klass.codes[row]) || !domain.passes(samples.domain.codes[row]))
        continue;
      result.role.codes[row] = static_cast<std::int32_t>(role);
      ++times_set[row];
    }
  }
  const auto both = std::count(times_set.begin(), times_set.end(), 2);
  if (both > 0)
    mistakes.add("/roles", fmt::format("gives {} samples both roles. make the filters exclude "
                                       "each other",
                                       both));
  mistakes.throw_if_any(ErrorCode::bad_input, "job");
  return result;
}

ExperimentSamples select_samples(const SampleTable& samples, const Experiment& experiment,
                                 const std::string& where, Mistakes& mistakes) {
  ExperimentSamples selected;
  const SampleFilter& filter = experiment.samples;
  const LevelSet klass(samples.klass, filter.klass, where + "/samples/class", mistakes);
  const LevelSet domain(samples.domain, filter.domain, where + "/samples/domain", mistakes);
  const bool needs_class = needs(experiment, Label::klass);
  const bool needs_domain = needs(experiment, Label::domain);
  std::vector<std::uint32_t> outside;
  for (std::uint32_t row = 0; row < samples.size(); ++row) {
    const auto role = static_cast<Role>(samples.role.codes[row]);
    const bool role_passes =
        filter.role.empty() ||
        std::find(filter.role.begin(), filter.role.end(), role) != filter.role.end();
    if (!role_passes || !klass.passes(samples.klass.codes[row]) ||
        !domain.passes(samples.domain.codes[row])) {
      if (experiment.evaluate_oos && role == Role::oos) outside.push_back(row);
    } else if (needs_class && samples.klass.codes[row] < 0) {
      ++selected.left_out["class missing"];
    } else if (needs_domain && samples.domain.codes[row] < 0) {
      ++selected.left_out["domain missing"];
    } else {
      selected.pool.push_back(row);
    }
  }
  selected.klass = recode(samples.klass, selected.pool);
  selected.domain = recode(samples.domain, selected.pool);
  selected.group = dense_groups(samples.group);
  for (const std::uint32_t row : outside) {
    if (selected.column(experiment.target).codes[row] >= 0)
      selected.oos.push_back(row);
    else
      ++selected.left_out[fmt::format("oos without a {} that the pool has",
                                      name_of(experiment.target))];
  }
  check_selection(selected, experiment, where, mistakes);
  return selected;
}

}  // namespace crossfold
