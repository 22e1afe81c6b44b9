#include "crossfold/samples/experiment_samples.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crossfold/core/counted.h"
#include "crossfold/job/names.h"

#include "pool_levels.h"
#include "probed_attributes.h"

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
        mistakes.add(where, unknown_name(name, column.levels));
      else
        passes_[static_cast<std::size_t>(found - column.levels.begin())] = true;
    }
  }

  /// A missing label passes only where nothing is asked.
  [[nodiscard]] bool passes(std::int32_t code) const {
    return code < 0 ? everything_ : passes_[static_cast<std::size_t>(code)];
  }

 private:
  static std::string unknown_name(const std::string& name, const std::vector<std::string>& known) {
    if (known.empty()) return fmt::format("has \"{}\" (the store knows none). remove it", name);
    return fmt::format("has \"{}\" (the store does not know it). take one of {}", name,
                       fmt::join(known, ", "));
  }

  std::vector<bool> passes_;
  bool everything_;
};

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

/// Whether a model is to tell the levels of this label apart, so that one level is not enough.
bool learns(const Experiment& experiment, Label label) {
  if (experiment.target == label || experiment.probe == label) return true;
  return label == Label::domain &&
         std::any_of(experiment.candidates.begin(), experiment.candidates.end(),
                     [](const Candidate& c) { return c.kind == CandidateKind::disentangled; });
}

/// Whether the levels of this label are left out of training, one after another.
bool leaves_out(const Experiment& experiment, Label label) {
  return label == Label::domain && experiment.sweep &&
         experiment.sweep->selects(SelectionRule::source_out);
}

bool passes(const std::vector<Role>& roles, Role role) {
  return roles.empty() || std::find(roles.begin(), roles.end(), role) != roles.end();
}

/// Why a sample that passes the filter cannot be used; nullptr when it can.
const char* missing_part(const SampleTable& samples, std::uint32_t row,
                         const std::vector<Label>& needed) {
  if (samples.role.codes[row] < 0) return "role missing";
  for (const Label label : needed) {
    const CodedColumn& column = label == Label::klass ? samples.klass : samples.domain;
    if (column.codes[row] < 0) return label == Label::klass ? "class missing" : "domain missing";
  }
  return nullptr;
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
                 fmt::format("has \"oos\" (no sample has that role, a {} that the pool has, and "
                             "a group outside of it). remove it, or give samples the role in the "
                             "store or by the job's 'roles'",
                             name_of(experiment.target)));
}

}  // namespace

std::vector<Label> labels_needed(const Experiment& experiment) {
  std::vector<Label> labels;
  for (const Label label : {Label::klass, Label::domain})
    if (experiment.stratify == label || learns(experiment, label) || leaves_out(experiment, label))
      labels.push_back(label);
  return labels;
}

SampleTable with_roles(const SampleTable& samples, const std::map<Role, SampleFilter>& roles,
                       Mistakes& mistakes) {
  SampleTable result = samples;
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
  constexpr std::size_t kMaxNamed = 5;
  std::vector<std::string> named;
  std::size_t both = 0;
  for (std::size_t row = 0; row < samples.size(); ++row)
    if (times_set[row] == 2 && both++ < kMaxNamed) named.push_back("'" + samples.id[row] + "'");
  if (both > 0)
    mistakes.add("/roles", fmt::format("gives {} both roles ({}{}). make the filters "
                                       "exclude each other",
                                       counted(both, "sample"), fmt::join(named, ", "),
                                       both > kMaxNamed ? ", ..." : ""));
  return result;
}

ExperimentSamples select_samples(const SampleTable& samples, const Experiment& experiment,
                                 const std::string& where, Mistakes& mistakes) {
  ExperimentSamples selected;
  const SampleFilter& filter = experiment.samples;
  Mistakes unknown;
  const LevelSet klass(samples.klass, filter.klass, where + "/samples/class", unknown);
  const LevelSet domain(samples.domain, filter.domain, where + "/samples/domain", unknown);
  mistakes.add(unknown);
  if (!unknown.empty()) return selected;  // what the filter leaves says nothing then

  const std::vector<Label> needed = labels_needed(experiment);
  std::vector<std::uint32_t> outside;
  for (std::uint32_t row = 0; row < samples.size(); ++row) {
    const std::int32_t role = samples.role.codes[row];
    const bool labels_pass =
        klass.passes(samples.klass.codes[row]) && domain.passes(samples.domain.codes[row]);
    const char* missing = missing_part(samples, row, needed);
    if (labels_pass && (role < 0 || passes(filter.role, static_cast<Role>(role)))) {
      if (missing != nullptr)
        ++selected.left_out[missing];
      else
        selected.pool.push_back(row);
    } else if (experiment.evaluate_oos && role == static_cast<std::int32_t>(Role::oos)) {
      outside.push_back(row);
    }
  }
  selected.klass = with_levels_of(samples.klass, selected.pool);
  selected.domain = with_levels_of(samples.domain, selected.pool);
  selected.group = dense_groups(samples.group);
  take_oos(outside, experiment.target, selected);
  check_selection(selected, experiment, where, mistakes);
  if (!selected.pool.empty())
    selected.probed = probed_attributes(samples, experiment, selected, where, mistakes);
  return selected;
}

}  // namespace crossfold
