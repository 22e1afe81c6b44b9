#include "complete_sweep.h"

#include <algorithm>
#include <set>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crossfold/core/strict_json.h"
#include "crossfold/job/job_json.h"
#include "crossfold/job/names.h"
#include "crossfold/job/search_space_json.h"

#include "read_candidate.h"

namespace crossfold {
namespace {

using nlohmann::json;

/// The settings without the grids and draws inside: where these stand, the default is taken.
json fixed_settings(const json& settings) {
  json fixed = json::object();
  if (!settings.is_object()) return fixed;
  for (const auto& [key, value] : settings.items()) {
    if (stands_for_several(value)) continue;
    fixed[key] = value.is_object() ? fixed_settings(value) : value;
  }
  return fixed;
}

void add_in_front(Experiment& experiment, std::vector<Candidate> references) {
  std::vector<Candidate>& all = experiment.candidates;
  std::set<std::string> names;
  for (const Candidate& candidate : all) names.insert(candidate.name);
  std::reverse(references.begin(), references.end());
  for (Candidate& reference : references) {
    const json settings = canonical_settings(reference);
    const bool listed = std::any_of(all.begin(), all.end(), [&](const Candidate& candidate) {
      return candidate.parameters.empty() && canonical_settings(candidate) == settings;
    });
    if (listed) continue;
    const std::string wanted = reference.name;
    for (int i = 2; !names.insert(reference.name).second; ++i)
      reference.name = fmt::format("{} {}", wanted, i);
    all.insert(all.begin(), std::move(reference));
  }
}

void add_references(Experiment& experiment, const json& training) {
  ValidationErrors none;  // the job's own training was checked before
  const TrainingSettings settings = read_training(fixed_settings(training), "/training", none);
  std::vector<Candidate> references;
  const auto add = [&](const char* name, CandidateKind kind) {
    references.push_back({.name = name, .model = default_model(kind)});
    training_of(references.back()) = settings;
  };
  add("baseline", CandidateKind::baseline);
  if (experiment.target != Label::domain) add("paper default", CandidateKind::disentangled);
  add_in_front(experiment, std::move(references));
}

void check_simplest(const Experiment& experiment, const std::string& pointer,
                    ValidationErrors& errors) {
  std::set<std::string> numbers;
  for (const Candidate& candidate : experiment.candidates)
    for (const Parameter& parameter : candidate.parameters)
      if (std::holds_alternative<double>(parameter.value)) numbers.insert(parameter.key);
  for (const std::string& key : experiment.sweep->simplest)
    if (!numbers.contains(key))
      errors.add(pointer + "/simplest",
                 fmt::format("has '{}' (no number of that key is drawn). choose one of {}", key,
                             fmt::join(numbers, ", ")));
}

/// The entries that have draws, as text.
std::vector<std::string> spaces_of(const json& list) {
  std::vector<std::string> spaces;
  for (const json& entry : list)
    if (find_draw(entry, "")) spaces.push_back(entry.dump());
  return spaces;
}

/// The sampler tpe tells the candidates of two entries apart by name.
void check_names(const json& list, const std::string& pointer, ValidationErrors& errors) {
  std::set<json> names;
  for (const json& entry : list) {
    if (!find_draw(entry, "")) continue;
    const json name = entry.value("name", entry.value("kind", json()));
    if (!names.insert(name).second)
      errors.add(pointer + "/candidates",
                 fmt::format("has draws in two candidates called {} (the sampler 'tpe' could not "
                             "tell them apart). give one another 'name'",
                             short_json(name)));
  }
}

}  // namespace

void complete_sweep(Experiment& experiment, const json& list, const json& training,
                    const std::string& pointer, ValidationErrors& errors) {
  SweepSettings& sweep = *experiment.sweep;
  const bool by_grid = sweep.sampler == Sampler::grid;
  bool drawn = false, draws = false;
  for (const json& entry : list) {
    const bool already = entry.is_object() && entry.contains("parameters");
    drawn = drawn || already;
    draws =
        draws || (!already && (by_grid ? has_several(entry) : find_draw(entry, "").has_value()));
  }
  const std::string place = pointer + "/sweep";
  if (!drawn && !draws) {
    const char* example = by_grid ? R"({"grid": [1, 3, 10]})" : R"({"log": [0.1, 10]})";
    errors.add(place, fmt::format("has nothing to draw (every setting of every candidate is "
                                  "{}). write {} in place of a number, or remove 'sweep'",
                                  by_grid ? "one number" : "listed", example));
  }
  if (drawn && draws)
    errors.add(pointer + "/candidates",
               "has draws beside candidates with 'parameters' (those are drawn already). remove "
               "one of the two");
  if (drawn && sweep.sampler == Sampler::tpe && sweep.spaces.empty() && errors.empty())
    errors.add(place + "/space",
               "is missing (later generations are drawn from it). take the job "
               "as the program wrote it");
  if (drawn) return;
  if (!sweep.spaces.empty())
    errors.add(place + "/space",
               "is written by the program (beside candidates with 'parameters'). remove it");
  if (!by_grid) sweep.spaces = spaces_of(list);
  if (sweep.sampler == Sampler::tpe) check_names(list, pointer, errors);
  if (errors.empty()) check_simplest(experiment, place, errors);
  add_references(experiment, training);
}

}  // namespace crossfold
