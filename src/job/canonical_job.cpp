#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/hash.h"
#include "crossfold/core/strict_json.h"
#include "crossfold/job/job_json.h"
#include "crossfold/job/names.h"

#include "parameters.h"

namespace crossfold {
namespace {

using nlohmann::json;

/// A filter that is a named set and nothing else is that set's name.
json canonical_filter(const SampleFilter& filter) {
  if (filter.set.size() == 1 &&
      filter == SampleFilter{.role = {}, .class_label = {}, .domain = {}, .set = filter.set})
    return filter.set.front();
  json value = json::object();
  for (const Role role : filter.role) value["role"].push_back(name_of(role));
  if (!filter.class_label.empty()) value["class"] = filter.class_label;
  if (!filter.domain.empty()) value["domain"] = filter.domain;
  if (!filter.set.empty()) value["set"] = filter.set;
  for (const AttributeFilter& of : filter.attributes)
    value["attributes"][of.attribute] = of.names.empty() ? json{of.low, of.high} : json(of.names);
  const auto each = filter.at_most.find("");
  if (each != filter.at_most.end() && filter.at_most.size() == 1)
    value["at_most"] = each->second;
  else if (!filter.at_most.empty())
    value["at_most"] = filter.at_most;
  return value;
}

json canonical_evaluate(const Experiment& experiment) {
  json value{name_of(Role::in)};
  if (experiment.evaluate_oos) value.push_back(name_of(Role::oos));
  for (const std::string& set : experiment.evaluate_sets) value.push_back(set);
  return value;
}

json canonical_lambda(const LambdaSchedule& lambda) {
  using enum ScheduleKind;
  json value{{"schedule", name_of(lambda.kind)}, {"warm_up", lambda.warm_up}};
  const bool glides = lambda.kind == exponential || lambda.kind == linear ||
                      lambda.kind == cosine || lambda.kind == sigmoid;
  if (lambda.kind != table) value["from"] = lambda.from;
  if (glides) value["to"] = lambda.to;
  if (glides && lambda.over) value["over"] = *lambda.over;
  if (lambda.kind == sigmoid) value["gamma"] = lambda.gamma;
  if (lambda.kind == step) {
    value["factor"] = lambda.factor;
    value["every"] = lambda.every;
  }
  if (lambda.kind == table) value["values"] = lambda.values;
  return value;
}

/// The domain alone goes without saying, as it did before there were others.
json canonical_adversaries(const std::vector<Adversary>& adversaries) {
  if (adversaries.size() == 1 && !adversaries.front().lambda) return adversaries.front().of;
  json value = json::object();
  for (const Adversary& adversary : adversaries) {
    json& settings = value[adversary.of] = json::object();
    if (adversary.lambda) settings["lambda"] = canonical_lambda(*adversary.lambda);
  }
  return value;
}

json canonical_training(const TrainingSettings& training) {
  const PlateauSettings& rule = training.plateau;
  return {{"epochs", training.epochs},
          {"batch", training.batch},
          {"learning_rate", training.learning_rate},
          {"weight_decay", training.weight_decay},
          {"model", name_of(training.model)},
          {"plateau",
           {{"patience", rule.patience},
            {"factor", rule.factor},
            {"stop_after", rule.stop_after},
            {"min_improvement", rule.min_improvement}}}};
}

json canonical_race(const RaceSettings& race) {
  return {{"by", name_of(race.by)},
          {"rungs", race.rungs},
          {"risk", race.risk ? json(*race.risk) : json("greedy")},
          {"indifference", race.indifference}};
}

json canonical_sweep(const SweepSettings& sweep) {
  json value{{"sampler", name_of(sweep.sampler)}, {"select", json::array()}};
  if (sweep.sampler != Sampler::grid) value["candidates"] = sweep.candidates;
  if (sweep.sampler == Sampler::tpe) {
    value["by"] = name_of(sweep.by);
    value["generation"] = sweep.generation;
  }
  if (sweep.race) value["race"] = canonical_race(*sweep.race);
  if (sweep.nested) value["nested"] = {{"folds", sweep.nested->folds}};
  for (const SelectionRule rule : sweep.select) value["select"].push_back(name_of(rule));
  if (sweep.tau) value["tau"] = *sweep.tau;
  if (!sweep.simplest.empty()) value["simplest"] = sweep.simplest;
  for (const std::string& space : sweep.spaces) value["space"].push_back(json::parse(space));
  return value;
}

json canonical_model(const LinearModel& model) { return {{"c", model.c}}; }

json canonical_model(const BaselineModel& model) {
  return {{"training", canonical_training(model.training)}};
}

json canonical_model(const DisentangledModel& model) {
  json value{{"training", canonical_training(model.training)},
             {"domain_head", name_of(model.domain_head)}};
  const bool shares_lambda =
      std::any_of(model.adversaries.begin(), model.adversaries.end(),
                  [](const Adversary& adversary) { return !adversary.lambda; });
  if (shares_lambda) value["lambda"] = canonical_lambda(model.lambda);
  json named = canonical_adversaries(model.adversaries);
  if (named != name_of(Label::domain)) value["adversary"] = std::move(named);
  return value;
}

/// One label stands alone, as it did before there were lists.
json canonical_probes(const Experiment& experiment) {
  if (experiment.probe_attributes.empty()) return name_of(*experiment.probe);
  json names = experiment.probe_attributes;
  if (experiment.probe) names.insert(names.begin(), name_of(*experiment.probe));
  return names;
}

json canonical_experiment(const Experiment& experiment) {
  json value{{"name", experiment.name},
             {"target", name_of(experiment.target)},
             {"samples", canonical_filter(experiment.samples)},
             {"stratify", name_of(experiment.stratify)},
             {"evaluate", canonical_evaluate(experiment)},
             {"standardize", name_of(experiment.standardize)},
             {"candidates", json::array()}};
  for (const Candidate& candidate : experiment.candidates) {
    json settings = canonical_settings(candidate);
    settings["name"] = candidate.name;
    if (!candidate.parameters.empty())
      settings["parameters"] = parameters_to_json(candidate.parameters);
    value["candidates"].push_back(std::move(settings));
  }
  if (experiment.balance) value["balance"] = name_of(*experiment.balance);
  for (const Label label : experiment.weights)
    value["weights"]["balanced"].push_back(name_of(label));
  if (!experiment.positive.empty()) value["positive"] = experiment.positive;
  if (!experiment.matrix.empty()) value["matrix"] = experiment.matrix;
  if (experiment.sweep) value["sweep"] = canonical_sweep(*experiment.sweep);
  if (!has_probes(experiment)) return value;
  value["probe"] = canonical_probes(experiment);
  if (experiment.probe_within != ProbeWithin::pool)
    value["probe_within"] = name_of(experiment.probe_within);
  if (has_networks(experiment)) value["probe_on"] = name_of(experiment.probe_on);
  return value;
}

json canonical_splits(const SplitSettings& splits) {
  json value{{"seeds", splits.seeds}, {"validation", splits.validation}};
  // Jobs were written before there was a choice: k-fold is not named.
  if (splits.scheme == SplitScheme::k_fold)
    value["folds"] = splits.folds;
  else
    value["scheme"] = name_of(splits.scheme);
  if (splits.scheme == SplitScheme::hold_out) value["test"] = splits.test;
  if (splits.scheme == SplitScheme::leave_out)
    value["leave-out"] = {{splits.leave_out.by, splits.leave_out.levels}};
  if (splits.file) value["file"] = splits.file->string();
  return value;
}

void collect_differences(const json& old_value, const json& new_value, const std::string& pointer,
                         std::vector<std::string>& lines) {
  const bool says_nothing_of_fits =
      pointer == "/store" || pointer == "/cohort" || pointer == "/warm_start";
  if (old_value == new_value || says_nothing_of_fits) return;
  if (pointer == "/splits/file" && old_value.is_string() && new_value.is_string()) return;
  if (old_value.is_object() && new_value.is_object()) {
    json keys = old_value;
    keys.update(new_value);
    for (const auto& [key, ignored] : keys.items())
      collect_differences(old_value.value(key, json()), new_value.value(key, json()),
                          pointer + "/" + pointer_part(key), lines);
    return;
  }
  if (old_value.is_array() && new_value.is_array() && old_value.size() == new_value.size()) {
    for (std::size_t i = 0; i < old_value.size(); ++i)
      collect_differences(old_value[i], new_value[i], fmt::format("{}/{}", pointer, i), lines);
    return;
  }
  const auto shown = [](const json& value) {
    return value.is_null() ? "(none)" : short_json(value);
  };
  lines.push_back(fmt::format("{}: {} -> {}", pointer, shown(old_value), shown(new_value)));
}

}  // namespace

json canonical_settings(const Candidate& candidate) {
  json value =
      std::visit([](const auto& model) { return canonical_model(model); }, candidate.model);
  value["kind"] = name_of(kind_of(candidate));
  return value;
}

json canonical_job(const Job& job) {
  json value{{"format", kJobFormat},
             {"format_version", kJobFormatVersion},
             {"name", job.name},
             {"store", job.store.string()},
             {"seed", job.seed},
             {"embeddings", job.embeddings},
             {"splits", canonical_splits(job.splits)},
             {"output",
              {{"predictions", job.output.predictions},
               {"curves", job.output.curves},
               {"features", name_of(job.output.features)}}},
             {"engine", name_of(network_engine(job))},
             {"cohort", job.cohort},
             {"experiments", json::array()}};
  if (job.warm_start) value["warm_start"] = job.warm_start->string();
  for (const auto& [role, filter] : job.roles)
    value["roles"][name_of(role)] = canonical_filter(filter);
  for (const auto& [name, parts] : job.sets)
    for (const SampleFilter& part : parts) value["sets"][name].push_back(canonical_filter(part));
  for (const Experiment& experiment : job.experiments)
    value["experiments"].push_back(canonical_experiment(experiment));
  return value;
}

std::string job_hash(const Job& job) {
  json value = canonical_job(job);
  value.erase("store");
  value.erase("cohort");
  value.erase("warm_start");
  if (job.splits.file) value["splits"]["file"] = true;
  return sha256(value.dump()).hex();
}

std::vector<std::string> differing_fields(const json& old_job, const json& new_job) {
  std::vector<std::string> lines;
  collect_differences(old_job, new_job, "", lines);
  return lines;
}

}  // namespace crossfold
