#include "fit_fields.h"

#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "crossfold/job/job_json.h"
#include "crossfold/job/names.h"
#include "crossfold/plan/fit_result_json.h"

#include "fit_place.h"

namespace crossfold {
namespace {

using nlohmann::json;

std::string text_of(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_float()) return fmt::format("{}", value.get<double>());
  return value.dump();
}

void flatten(const json& value, const std::string& path, FitFields& fields) {
  for (const auto& [key, child] : value.items()) {
    const std::string name = path.empty() ? key : path + "." + key;
    if (child.is_object())
      flatten(child, name, fields);
    else
      fields.push_back({name, text_of(child)});
  }
}

/// Adds the scores of one evaluation, all empty where the fit was not evaluated so.
class ScoreFields {
 public:
  ScoreFields(FitFields& fields, std::string prefix) : fields_(&fields), prefix_(prefix + ".") {}

  void add(const stats::ScoreSet* scores, const std::vector<std::string>& levels) {
    number("auc", scores, &stats::ScoreSet::auc);
    number("acc", scores, &stats::ScoreSet::acc);
    number("accuracy", scores, &stats::ScoreSet::accuracy);
    if (levels.size() == 2) {
      number("balanced_accuracy", scores, &stats::ScoreSet::balanced_accuracy);
      number("diagnostic_odds_ratio", scores, &stats::ScoreSet::diagnostic_odds_ratio);
    }
    count("samples", scores, &stats::ScoreSet::samples);
    count("undefined_aucs", scores, &stats::ScoreSet::undefined_aucs);
    count("undefined_recalls", scores, &stats::ScoreSet::undefined_recalls);
    for (std::size_t k = 0; k < levels.size(); ++k) {
      const bool is_there = scores != nullptr && k < scores->classes.size();
      add_class(levels[k], is_there ? &scores->classes[k] : nullptr);
    }
  }
  void text(const std::string& name, std::string value) {
    fields_->push_back({prefix_ + name, std::move(value)});
  }

 private:
  template <class Of>
  void number(const std::string& name, const Of* of, std::optional<double> Of::*member) {
    text(name, of == nullptr ? "" : number_text(of->*member));
  }
  template <class Of>
  void count(const std::string& name, const Of* of, std::uint32_t Of::*member) {
    text(name, of == nullptr ? "" : fmt::format("{}", of->*member));
  }
  void add_class(const std::string& level, const stats::ClassScores* of) {
    number("class_auc." + level, of, &stats::ClassScores::auc);
    number("class_sensitivity." + level, of, &stats::ClassScores::sensitivity);
    number("class_specificity." + level, of, &stats::ClassScores::specificity);
    number("class_precision." + level, of, &stats::ClassScores::precision);
    number("class_f1." + level, of, &stats::ClassScores::f1);
    count("class_support." + level, of, &stats::ClassScores::support);
  }

  FitFields* fields_;
  std::string prefix_;
};

/// Not evaluated: no samples, as of named sets whose patients the fit trains on.
const stats::ScoreSet* if_evaluated(const stats::ScoreSet& scores) {
  return scores.samples == 0 ? nullptr : &scores;
}

void add_further_probes(FitFields& fields, const Experiment& experiment,
                        const ExperimentSamples& samples, const FitResult* result) {
  const std::vector<FurtherProbe> probes = further_probes(experiment, samples);
  for (std::size_t i = 0; i < probes.size(); ++i) {
    const FurtherProbe& probe = probes[i];
    const ProbeResult* of =
        result != nullptr && i < result->probes.size() ? &result->probes[i] : nullptr;
    std::string prefix = "probes." + probe.of;
    if (probe.within)
      prefix += ".within." + samples.class_label.levels.at(static_cast<std::size_t>(*probe.within));
    ScoreFields added(fields, prefix);
    added.add(of == nullptr ? nullptr : if_evaluated(of->scores), levels_of(probe, samples));
    if (probe.is_number()) added.text("r2", of == nullptr ? "" : number_text(of->r2));
    added.text("missing", of == nullptr ? "" : fmt::format("{}", of->missing));
  }
}

}  // namespace

std::string number_text(const std::optional<double>& value) {
  return value ? fmt::format("{}", *value) : "nan";
}

FitFields place_fields(const RunRecords& records, const Fit& fit) {
  const FitPlace place = place_of(records, fit);
  const bool has_fold = fit.scheme == SplitScheme::k_fold || fit.scheme == SplitScheme::nested;
  return {
      {"experiment", place.experiment},
      {"embedding", place.embedding},
      {"candidate", place.candidate},
      {"scheme", name_of(fit.scheme)},
      {"seed", fmt::format("{}", place.seed.value)},
      {"fold", has_fold ? fmt::format("{}", place.fold.value) : ""},
      {"inner_fold", fit.scheme == SplitScheme::nested ? fmt::format("{}", place.inner.value) : ""},
      {"left_out", place.source}};
}

FitFields setting_fields(const Experiment& experiment, const Candidate& candidate) {
  FitFields fields{{"target", name_of(experiment.target)},
                   {"standardize", name_of(experiment.standardize)}};
  flatten(canonical_settings(candidate), "", fields);
  return fields;
}

FitFields fact_fields(const FitResult* result) {
  FitFields fields;
  const auto add = [&](const char* name, auto get) {
    fields.push_back({name, result == nullptr ? "" : get(*result)});
  };
  const auto count = [](auto value) { return fmt::format("{}", value); };
  add("n_train", [&](const FitResult& of) { return count(of.n_train); });
  add("n_validation", [&](const FitResult& of) { return count(of.n_validation); });
  add("n_test", [&](const FitResult& of) { return count(of.n_test); });
  add("epochs", [&](const FitResult& of) { return count(of.training.epochs); });
  add("learning_rate_drops",
      [&](const FitResult& of) { return count(of.training.learning_rate_drops); });
  add("stop", [](const FitResult& of) {
    return stop_reason_names().at(static_cast<std::size_t>(of.training.stop));
  });
  add("validation_loss",
      [](const FitResult& of) { return number_text(of.training.validation_loss); });
  add("validation_auc",
      [](const FitResult& of) { return number_text(of.training.validation_auc); });
  add("solves", [&](const FitResult& of) { return count(of.solver.solves); });
  add("unconverged_solves", [&](const FitResult& of) { return count(of.solver.unconverged); });
  add("worst_gradient", [](const FitResult& of) { return number_text(of.solver.worst_gradient); });
  return fields;
}

FitFields score_fields(const RunRecords& records, const Fit& fit, const FitResult* result) {
  const Experiment& experiment = records.job.experiments[fit.experiment];
  const ExperimentSamples& samples = records.plan.basis.samples[fit.experiment];
  const std::vector<std::string>& levels = samples.column(experiment.target).levels;
  FitFields fields;
  ScoreFields(fields, "in").add(result == nullptr ? nullptr : &result->held_out, levels);
  if (experiment.evaluate_oos)
    ScoreFields(fields, "oos")
        .add(result != nullptr && result->oos ? &*result->oos : nullptr, levels);
  for (std::size_t i = 0; i < experiment.evaluate_sets.size(); ++i) {
    const bool is_there = result != nullptr && i < result->sets.size();
    ScoreFields(fields, "sets." + experiment.evaluate_sets[i])
        .add(is_there ? if_evaluated(result->sets[i]) : nullptr, levels);
  }
  if (experiment.probe)
    ScoreFields(fields, "probe")
        .add(result != nullptr && result->probe ? &*result->probe : nullptr,
             samples.column(*experiment.probe).levels);
  if (has_further_probes(experiment)) add_further_probes(fields, experiment, samples, result);
  return fields;
}

}  // namespace crossfold
