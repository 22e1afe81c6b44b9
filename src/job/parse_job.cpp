#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crossfold/core/strict_json.h"
#include "crossfold/job/job_json.h"
#include "crossfold/job/names.h"
#include "crossfold/job/search_space_json.h"

#include "complete_sweep.h"
#include "grid.h"
#include "read_candidate.h"
#include "read_enum.h"
#include "read_probes.h"
#include "read_sets.h"
#include "read_splits.h"
#include "read_sweep.h"

namespace crossfold {
namespace {

using nlohmann::json;

/// Every key of `roles` is a role, and what it holds is a filter by class and domain.
std::map<Role, SampleFilter> read_role_overrides(const json& value, ValidationErrors& errors) {
  std::map<Role, SampleFilter> overrides;
  ObjectReader reader(value, "/roles", errors);
  for (const Role role : {Role::in, Role::oos}) {
    const json* filter = reader.child(name_of(role));
    if (filter == nullptr) continue;
    const std::string pointer = "/roles/" + name_of(role);
    if (filter->is_object() && filter->contains("role"))
      errors.add(pointer + "/role",
                 "is not used here (this is what gives samples their role). remove it");
    SampleFilter read = read_override(*filter, pointer, errors);
    if (read.class_label.empty() && read.domain.empty())
      errors.add(pointer,
                 "names neither 'class' nor 'domain' (it would take every sample). add one");
    overrides[role] = std::move(read);
  }
  reader.finish();
  return overrides;
}

/// "balanced": by the target; {"balanced": names}: by these labels.
std::vector<Label> read_weights(ObjectReader& reader, const std::string& pointer, Label target,
                                ValidationErrors& errors) {
  const json& value = *reader.child("weights");
  if (!value.is_object()) {
    static_cast<void>(reader.choice("weights", {"balanced"}, std::nullopt));
    return {target};
  }
  ObjectReader inner(value, pointer, errors);
  std::set<Label> labels;
  for (const std::string& name : inner.texts("balanced")) {
    const std::vector<std::string>& known = names_of<Label>();
    const auto found = std::find(known.begin(), known.end(), name);
    if (found == known.end())
      inner.error("balanced", fmt::format("has \"{}\" (not a label). choose one of {}", name,
                                          fmt::join(known, ", ")));
    else if (!labels.insert(static_cast<Label>(found - known.begin())).second)
      inner.error("balanced", fmt::format("names \"{}\" twice. remove one", name));
  }
  if (!inner.has("balanced"))
    errors.add(pointer,
               "lacks 'balanced' (what is to count alike). write \"balanced\", or name "
               "the labels");
  inner.finish();
  return {labels.begin(), labels.end()};
}

void check_experiment(const Experiment& experiment, ObjectReader& reader) {
  const bool pool_holds_oos =  // of named sets the store will tell
      (experiment.samples.role.empty() && experiment.samples.set.empty()) ||
      std::find(experiment.samples.role.begin(), experiment.samples.role.end(), Role::oos) !=
          experiment.samples.role.end();
  if (experiment.evaluate_oos && pool_holds_oos)
    reader.error("evaluate",
                 "has \"oos\" while 'samples' takes oos samples into the pool (they would be "
                 "trained on). remove one of the two");
  if (reader.has("probe_on") && !reader.has("probe"))
    reader.error("probe_on", "is not used without 'probe'. remove it or add a probe");
  else if (reader.has("probe_on") && !experiment.candidates.empty() && !has_networks(experiment))
    reader.error("probe_on",
                 "is not used by candidates of kind 'linear' (they have no encoder). remove it");
  const std::string& target = name_of(experiment.target);
  for (const Candidate& candidate : experiment.candidates)
    if (is_disentangled_from(candidate, target))
      reader.error("candidates",
                   fmt::format("has '{}' of kind 'disentangled' while the target is the {} "
                               "(it would unlearn what it learns). take another {}",
                               candidate.name, target,
                               experiment.target == Label::domain ? "kind" : "adversary"));
}

/// What an experiment shares with the others of its job.
struct JobWide {
  std::optional<json> training;  ///< as written, or null; empty: it has errors
  NamedSets sets;
  SplitSettings splits;
  std::uint64_t root_seed = 0;
};

/// The candidates and, where the experiment has one, the sweep they are drawn by.
void read_candidates_and_sweep(Experiment& experiment, ObjectReader& reader,
                               const JobWide& job_wide, const std::string& pointer,
                               ValidationErrors& errors) {
  ValidationErrors own;  // what is wrong elsewhere hides nothing here
  if (const json* sweep = reader.child("sweep")) {
    if (job_wide.splits.scheme != SplitScheme::k_fold)
      reader.error("sweep", fmt::format("stands beside splits of the scheme '{}' (candidates are "
                                        "drawn and chosen by the folds of 'k-fold'). take that "
                                        "scheme, or list the candidates",
                                        name_of(job_wide.splits.scheme)));
    experiment.sweep = read_sweep(*sweep, experiment, job_wide.splits, pointer + "/sweep", own);
  }
  if (const json* candidates = reader.required("candidates")) {
    const json training = job_wide.training.value_or(json());
    const json merged = training.is_null() ? json() : with_training(*candidates, training);
    const json& list = training.is_null() ? *candidates : merged;
    const CandidateDraws draws{experiment.sweep, job_wide.root_seed};
    experiment.candidates = read_candidates(list, draws, pointer + "/candidates", own);
    if (experiment.sweep && list.is_array() && job_wide.training)  // or draws may be missing
      complete_sweep(experiment, list, training, pointer, own);
  }
  errors.add(own);
}

Experiment read_experiment(const json& value, const JobWide& job_wide, const std::string& pointer,
                           ValidationErrors& errors) {
  Experiment experiment;
  ObjectReader reader(value, pointer, errors);
  experiment.name = reader.text("name", std::nullopt);
  const std::size_t known_errors = errors.lines().size();
  experiment.target = read_enum(reader, "target", Label::class_label);
  read_probes(reader, errors.lines().size() == known_errors, experiment);
  experiment.stratify = read_enum(reader, "stratify", experiment.target);
  if (const json* samples = reader.child("samples"))
    experiment.samples = read_pool(*samples, job_wide.sets, pointer + "/samples", errors);
  if (reader.has("balance")) experiment.balance = read_enum(reader, "balance", Label::class_label);
  if (reader.has("weights"))
    experiment.weights = read_weights(reader, pointer + "/weights", experiment.target, errors);
  if (reader.has("positive")) experiment.positive = reader.texts("positive");
  if (reader.has("matrix")) experiment.matrix = reader.text("matrix", std::nullopt);
  if (!experiment.matrix.empty() && pool_set(experiment) == nullptr)
    reader.error("matrix",
                 "is used where 'samples' is one named set. remove it, or write "
                 "'train' with the training sets");
  read_evaluate(experiment, job_wide.sets, reader);
  experiment.probe_on = read_enum(reader, "probe_on", ProbeOn::encoded);
  experiment.standardize = read_enum(reader, "standardize", Standardize::none);
  read_candidates_and_sweep(experiment, reader, job_wide, pointer, errors);
  check_experiment(experiment, reader);
  reader.finish();
  return experiment;
}

OutputSettings read_output(const json& value, ValidationErrors& errors) {
  OutputSettings output;
  ObjectReader reader(value, "/output", errors);
  output.predictions = reader.boolean("predictions", output.predictions);
  output.curves = reader.boolean("curves", output.curves);
  output.features = read_enum(reader, "features", output.features);
  reader.finish();
  return output;
}

/// An experiment that names several training sets, as one experiment each; any other as it is.
/// ValidationErrors of what they share are told of the first alone.
std::vector<json> one_for_each_training_set(const json& value, const std::string& pointer,
                                            ValidationErrors& errors) {
  if (!value.is_object() || !value.contains("train")) return {value};
  json rest = value;
  rest.erase("train");
  for (const char* key : {"samples", "matrix"}) {
    if (!rest.contains(key)) continue;
    errors.add(pointer + "/" + key,
               "stands beside 'train' (which names what is trained on). remove one of the two");
    rest.erase(key);
  }
  ValidationErrors of_list;
  ObjectReader reader(value, pointer, of_list);
  const std::vector<std::string> sets = reader.texts("train");
  errors.add(of_list);
  std::vector<json> parts;
  std::set<std::string> seen;
  for (const std::string& set : sets) {
    if (!seen.insert(set).second) {
      errors.add(pointer + "/train", fmt::format("names '{}' twice. remove one", set));
      continue;
    }
    json part = rest;
    part["samples"] = set;
    if (rest.contains("name") && rest["name"].is_string()) {
      const auto name = rest["name"].get<std::string>();
      part["name"] = fmt::format("{}[train={}]", name, set);
      part["matrix"] = name;
    }
    parts.push_back(std::move(part));
  }
  return parts.empty() ? std::vector<json>{rest} : parts;
}

std::vector<Experiment> read_experiments(const json& list, const JobWide& job_wide,
                                         ValidationErrors& errors) {
  std::vector<Experiment> experiments;
  if (!list.is_array() || list.empty()) {
    errors.add("/experiments",
               fmt::format("must be a list of experiments that is not empty ({} was found)",
                           short_json(list)));
    return experiments;
  }
  std::set<std::string> names;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string pointer = fmt::format("/experiments/{}", i);
    for (const json& one : one_for_each_training_set(list[i], pointer, errors)) {
      experiments.push_back(read_experiment(one, job_wide, pointer, errors));
      const std::string& name = experiments.back().name;
      if (!name.empty() && !names.insert(name).second)
        errors.add(pointer + "/name",
                   fmt::format("is '{}' a second time (tables could not be told apart). "
                               "choose another name",
                               name));
    }
  }
  return experiments;
}

/// The job-wide training settings, once their own errors are out of the way, so that each error is
/// told once and under its own pointer; null without any.
std::optional<json> checked_training(const json* training, ValidationErrors& errors) {
  if (training == nullptr) return json();
  ValidationErrors own;
  if (const auto draw = find_draw(*training, "/training"); draw == "/training")
    own.add("/training",
            "is a draw as a whole (candidates could not win over it field by field). "
            "draw single settings");
  for (const GridPoint& point : expand_grids(*training, "/training", own)) {
    const SearchSpace space = SearchSpace::read(point.settings, "/training", own);
    if (!own.empty()) break;
    for (const std::vector<double>& end : space.end_points())
      static_cast<void>(read_training(space.settings_at(end), "/training", own));
  }
  errors.add(own);
  if (!own.empty()) return std::nullopt;
  return *training;
}

}  // namespace

Job parse_job(std::string_view text, const std::string& name) {
  const json document = parse_json(text, name);
  ValidationErrors errors;
  Job job;
  ObjectReader reader(document, "", errors);
  static_cast<void>(reader.choice("format", {kJobFormat}, 0));
  static_cast<void>(
      reader.integer("format_version", kJobFormatVersion, kJobFormatVersion, kJobFormatVersion));
  job.name = reader.text("name", std::nullopt);
  job.store = reader.text("store", std::nullopt);
  if (const std::string from = reader.text("warm_start", ""); !from.empty()) job.warm_start = from;
  job.seed = reader.unsigned_integer("seed", 0);
  if (const json* roles = reader.child("roles")) job.roles = read_role_overrides(*roles, errors);
  if (const json* splits = reader.child("splits")) job.splits = read_splits(*splits, errors);
  if (const json* sets = reader.child("sets")) job.sets = read_sets(*sets, errors);
  const JobWide job_wide{.training = checked_training(reader.child("training"), errors),
                         .sets = job.sets,
                         .splits = job.splits,
                         .root_seed = job.seed};
  if (const json* experiments = reader.required("experiments"))
    job.experiments = read_experiments(*experiments, job_wide, errors);
  if (reader.has("training") && !job.experiments.empty() && errors.empty() && !has_networks(job))
    reader.error("training", "is not used (every candidate is of kind 'linear'). remove it");
  if (reader.required("embeddings") != nullptr) job.embeddings = reader.texts("embeddings");
  std::set<std::string> seen;
  for (const std::string& embedding : job.embeddings)
    if (!seen.insert(embedding).second)
      reader.error("embeddings", fmt::format("names '{}' twice. remove one", embedding));
  if (const json* output = reader.child("output")) job.output = read_output(*output, errors);
  const std::vector<std::string>& engines = network_engines();
  const std::size_t engine = reader.choice("engine", engines, engines.size());
  if (engine < engines.size()) job.engine = static_cast<EngineKind>(engine);
  job.cohort = static_cast<int>(reader.integer("cohort", 1, kLargestCohort, job.cohort));
  reader.finish();
  errors.throw_if_any(ErrorCode::bad_input, name);
  return job;
}

}  // namespace crossfold
