#include "crossfold/samples/sample_sets.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crossfold/core/counted.h"
#include "crossfold/core/hash.h"
#include "crossfold/core/random_stream.h"
#include "crossfold/core/strict_json.h"
#include "crossfold/job/names.h"
#include "crossfold/samples/patients.h"

#include "capped_rows.h"
#include "level_set.h"

namespace crossfold {
namespace {

std::vector<std::string> attribute_names(const SampleTable& samples) {
  std::vector<std::string> names;
  for (const Attribute& attribute : samples.attributes) names.push_back(attribute.name);
  return names;
}

/// Takes out of `passes` what an attribute keeps out. A missing value does not pass.
void apply(const AttributeFilter& filter, const SampleTable& samples, const std::string& where,
           std::vector<bool>& passes, ValidationErrors& errors) {
  const std::string here = where + "/attributes/" + pointer_part(filter.attribute);
  const Attribute* attribute = find_attribute(samples, filter.attribute);
  if (attribute == nullptr) {
    const std::vector<std::string> known = attribute_names(samples);
    errors.add(here, known.empty() ? "is asked for (the store has no attributes). remove it"
                                   : fmt::format("is asked for (the store has no such attribute). "
                                                 "choose one of {}",
                                                 fmt::join(known, ", ")));
    return;
  }
  if (const auto* numbers = std::get_if<std::vector<double>>(&attribute->values)) {
    if (!filter.names.empty()) {
      errors.add(here,
                 "asks for names (the attribute has numbers). give the two ends of a range, "
                 "as in [18, 65]");
      return;
    }
    for (std::size_t row = 0; row < samples.size(); ++row) {
      const double value = (*numbers)[row];
      if (std::isnan(value) || value < filter.low || value > filter.high) passes[row] = false;
    }
    return;
  }
  const auto& column = std::get<CodedColumn>(attribute->values);
  if (filter.names.empty()) {
    errors.add(here, fmt::format("asks for a range (the attribute has names). take some of {}",
                                 fmt::join(column.levels, ", ")));
    return;
  }
  const LevelSet names(column, filter.names, here, errors);
  for (std::size_t row = 0; row < samples.size(); ++row)
    if (!names.passes(column.codes[row])) passes[row] = false;
}

StreamKey cap_key(std::uint64_t seed, const std::string& set, std::size_t part) {
  const Digest digest = Hasher().text("crossfold-set").number(seed).text(set).number(part).finish();
  StreamKey key;
  for (std::size_t i = 0; i < sizeof key.root_seed; ++i)
    key.root_seed = key.root_seed << 8 | digest.bytes[i];
  return key;
}

/// The most images of each class; -1: as many as there are.
std::vector<std::int64_t> caps_of(const SampleFilter& filter, const SampleTable& samples,
                                  const std::vector<bool>& passes, const std::string& where,
                                  ValidationErrors& errors) {
  const std::vector<std::string>& classes = samples.class_label.levels;
  std::vector<std::int64_t> there(classes.size(), 0);
  for (std::size_t row = 0; row < samples.size(); ++row)
    if (passes[row] && samples.class_label.codes[row] >= 0)
      ++there[static_cast<std::size_t>(samples.class_label.codes[row])];
  const auto every = filter.at_most.find("");
  std::vector<std::int64_t> caps(classes.size(),
                                 every == filter.at_most.end() ? -1 : every->second);
  for (const auto& [name, most] : filter.at_most) {
    if (name.empty()) continue;
    const auto found = std::find(classes.begin(), classes.end(), name);
    if (found == classes.end()) {
      errors.add(where, fmt::format("limits '{}' (the store has no such class). choose one of {}",
                                    name, fmt::join(classes, ", ")));
      continue;
    }
    const auto at = static_cast<std::size_t>(found - classes.begin());
    caps[at] = most;
    if (there[at] < most)
      errors.add(where, fmt::format("asks for {} of '{}' (there are {}). lower it", most, name,
                                    there[at]));
  }
  const bool all_below = every != filter.at_most.end() &&
                         std::all_of(there.begin(), there.end(),
                                     [&](std::int64_t count) { return count < every->second; });
  if (all_below)
    errors.add(where, fmt::format("asks for {} images of a class (no class has so many). lower "
                                  "it",
                                  every->second));
  return caps;
}

/// Leaves so many of each class.
void cap(const SampleTable& samples, const std::vector<std::int64_t>& caps, const StreamKey& key,
         std::vector<bool>& passes) {
  std::vector<std::uint32_t> rows;
  for (std::uint32_t row = 0; row < samples.size(); ++row)
    if (passes[row]) rows.push_back(row);
  std::fill(passes.begin(), passes.end(), false);
  for (const std::uint32_t row :
       capped_rows(rows, patient_numbers(samples.group), samples.class_label.codes, caps,
                   RandomStream(key, "cap")))
    passes[row] = true;
}

/// Resolves sets in the order in which they name one another.
class SetFinder {
 public:
  SetFinder(const SampleTable& samples, const Job& job, ValidationErrors& errors)
      : samples_(samples), job_(job), errors_(errors) {}

  SampleSets all() {
    for (const auto& [name, ignored] : job_.sets) find(name);
    return std::move(found_);
  }

 private:
  void find(const std::string& name) {
    if (found_.contains(name)) return;
    const SampleSet& parts = job_.sets.at(name);
    for (const SampleFilter& part : parts)
      for (const std::string& inner : part.set) find(inner);
    std::vector<bool> in_set(samples_.size(), false);
    const std::string pointer = "/sets/" + pointer_part(name);
    ValidationErrors own;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const std::string where = parts.size() == 1 ? pointer : fmt::format("{}/{}", pointer, i);
      std::vector<bool> passes =
          passing(samples_, parts[i], found_, Roleless::excluded, where, own);
      if (!parts[i].at_most.empty()) {
        const auto caps = caps_of(parts[i], samples_, passes, where + "/at_most", own);
        cap(samples_, caps, cap_key(job_.seed, name, i), passes);
      }
      for (std::size_t row = 0; row < passes.size(); ++row)
        if (passes[row]) in_set[row] = true;
    }
    std::vector<std::uint32_t>& rows = found_[name];
    for (std::uint32_t row = 0; row < in_set.size(); ++row)
      if (in_set[row]) rows.push_back(row);
    if (rows.empty() && own.empty())
      own.add(pointer, "is empty (no sample with a role passes). widen it or remove it");
    errors_.add(own);
  }

  const SampleTable& samples_;
  const Job& job_;
  ValidationErrors& errors_;
  SampleSets found_;
};

}  // namespace

std::vector<bool> passing(const SampleTable& samples, const SampleFilter& filter,
                          const SampleSets& sets, Roleless roleless, const std::string& where,
                          ValidationErrors& errors) {
  const LevelSet class_label(samples.class_label, filter.class_label, where + "/class", errors);
  const LevelSet domain(samples.domain, filter.domain, where + "/domain", errors);
  std::vector<bool> passes(samples.size(), filter.set.empty());
  for (const std::string& set : filter.set)
    for (const std::uint32_t row : sets.at(set)) passes[row] = true;
  for (std::size_t row = 0; row < samples.size(); ++row) {
    const std::int32_t role = samples.role.codes[row];
    const bool role_passes =
        role < 0 ? roleless == Roleless::included
                 : filter.role.empty() || std::find(filter.role.begin(), filter.role.end(),
                                                    static_cast<Role>(role)) != filter.role.end();
    if (!role_passes || !class_label.passes(samples.class_label.codes[row]) ||
        !domain.passes(samples.domain.codes[row]))
      passes[row] = false;
  }
  for (const AttributeFilter& attribute : filter.attributes)
    apply(attribute, samples, where, passes, errors);
  return passes;
}

SampleSets find_sets(const SampleTable& samples, const Job& job, ValidationErrors& errors) {
  return SetFinder(samples, job, errors).all();
}

const Attribute* find_attribute(const SampleTable& samples, const std::string& name) {
  const auto found =
      std::find_if(samples.attributes.begin(), samples.attributes.end(),
                   [&](const Attribute& attribute) { return attribute.name == name; });
  return found == samples.attributes.end() ? nullptr : &*found;
}

std::vector<std::string> attributes_used(const Job& job) {
  std::set<std::string> names;
  const auto add = [&](const SampleFilter& filter) {
    for (const AttributeFilter& of : filter.attributes) names.insert(of.attribute);
  };
  for (const auto& [name, parts] : job.sets)
    for (const SampleFilter& part : parts) add(part);
  for (const Experiment& experiment : job.experiments) {
    add(experiment.samples);
    names.insert(experiment.probe_attributes.begin(), experiment.probe_attributes.end());
    for (std::string& name : attributes_disentangled_from(experiment))
      names.insert(std::move(name));
  }
  const std::string& by = job.splits.leave_out.by;
  if (job.splits.scheme == SplitScheme::leave_out && by != name_of(Label::class_label) &&
      by != name_of(Label::domain))
    names.insert(by);
  return {names.begin(), names.end()};
}

}  // namespace crossfold
