#include "job/job_settings.h"

#include <utility>

#include "crossfold/job/job_json.h"

namespace crossfold::testing {
namespace {

using nlohmann::json;

enum Place { kLinear, kBaseline, kDisentangled, kSigmoid, kStep, kTable };

constexpr const char* kExample = R"({
  "name": "study", "store": "study.h5", "seed": 5, "embeddings": ["texture/raw"],
  "experiments": [
    {"name": "task", "stratify": "class",
     "candidates": [
       {"kind": "linear"},
       {"kind": "baseline"},
       {"name": "glide", "kind": "disentangled"},
       {"name": "sigmoid", "kind": "disentangled", "lambda": {"schedule": "sigmoid", "from": 0}},
       {"name": "step", "kind": "disentangled", "lambda": {"schedule": "step", "every": 2}},
       {"name": "table", "kind": "disentangled",
        "lambda": {"schedule": "table", "values": [1, 2, 3, 4, 3, 2, 1, 0]}}]},
    {"name": "source", "target": "domain", "probe": "class",
     "candidates": [{"kind": "linear"}, {"kind": "baseline"}]},
    {"name": "either",
     "candidates": [{"kind": "linear"}, {"kind": "baseline"}]}],
  "splits": {"folds": 3, "seeds": 2},
  "training": {"epochs": 8, "batch": 8,
               "plateau": {"patience": 0, "factor": 0.5, "stop_after": 3}}
})";

const Experiment& task(const Job& job) { return job.experiments.at(0); }

template <class Member>
auto of_candidate(Place place, Member member) {
  return [=](const Job& job) {
    return json(std::invoke(member, task(job).candidates.at(static_cast<std::size_t>(place))));
  };
}

template <class Member>
auto of_training(Member member) {
  return of_candidate(kBaseline, [=](const Candidate& c) { return training_of(c).*member; });
}
template <class Member>
auto of_plateau(Member member) {
  return of_candidate(kBaseline,
                      [=](const Candidate& c) { return training_of(c).plateau.*member; });
}
template <class Member>
auto of_lambda(Place place, Member member) {
  return of_candidate(place, [=](const Candidate& c) {
    return std::get<DisentangledModel>(c.model).lambda.*member;
  });
}

json roles_of(const SampleFilter& filter) {
  json roles = json::array();
  for (const Role role : filter.role) roles.push_back(role == Role::in ? "in" : "oos");
  return roles;
}

/// A list of a role override; empty without one.
auto of_override(Role role, std::vector<std::string> SampleFilter::*member) {
  return [=](const Job& job) {
    const auto found = job.roles.find(role);
    return found == job.roles.end() ? json::array() : json(found->second.*member);
  };
}

json list(const std::vector<json>& values) { return values; }

std::vector<SettingValue> same(std::initializer_list<json> values) {
  std::vector<SettingValue> read_as_written;
  for (const json& value : values) read_as_written.push_back({value, value});
  return read_as_written;
}

/// Absent it means `fallback`.
std::vector<SettingValue> with_default(const json& fallback, std::initializer_list<json> others) {
  std::vector<SettingValue> values{{nullptr, fallback}};
  for (const json& value : others) values.push_back({value, value});
  return values;
}

template <class Enum>
SettingValue named(const json& name, Enum value) {
  return {name, static_cast<int>(value)};
}

std::vector<JobSetting> settings_of_job() {
  return {
      {"name", "/name", Reach::nothing, same({"study", "other"}),
       [](const Job& job) { return job.name; }},
      {"store", "/store", Reach::nothing, same({"study.h5", "b/other.h5"}),
       [](const Job& job) { return job.store.string(); }},
      {"warm_start", "/warm_start", Reach::nothing, with_default(nullptr, {"other.run"}),
       [](const Job& job) { return job.warm_start ? json(job.warm_start->string()) : json(); }},
      {"seed", "/seed", Reach::job, with_default(0, {5, 6, 18446744073709551615U}),
       [](const Job& job) { return job.seed; }},
      {"embeddings",
       "/embeddings",
       Reach::job,
       {{list({"texture/raw"}), list({"texture/raw"})},
        {"texture/equalized", list({"texture/equalized"})}},
       [](const Job& job) { return job.embeddings; }},
      {"override.class", "/roles/in/class", Reach::job,
       with_default(json::array(), {list({"normal"})}),
       of_override(Role::in, &SampleFilter::class_label)},
      {"override.domain", "/roles/in/domain", Reach::job,
       with_default(json::array(), {list({"site"})}), of_override(Role::in, &SampleFilter::domain)},
      {"override.class", "/roles/oos/class", Reach::job,
       with_default(json::array(), {list({"covid19"})}),
       of_override(Role::oos, &SampleFilter::class_label)},
      {"override.domain", "/roles/oos/domain", Reach::job,
       with_default(json::array(), {list({"sirm"}), list({"sirm", "fig1"})}),
       of_override(Role::oos, &SampleFilter::domain)},
      {"splits.folds", "/splits/folds", Reach::job, with_default(10, {3, 4}),
       [](const Job& job) { return job.splits.folds; }},
      {"splits.seeds", "/splits/seeds", Reach::nothing, with_default(5, {2, 1}),
       [](const Job& job) { return job.splits.seeds; }},
      {"splits.validation", "/splits/validation", Reach::job_networks,
       with_default(0.1, {0.25, 0.0}), [](const Job& job) { return job.splits.validation; }},
      {"splits.file", "/splits/file", Reach::given_splits, with_default(nullptr, {"folds.csv"}),
       [](const Job& job) { return job.splits.file ? json(job.splits.file->string()) : json(); }},
      {"output.predictions", "/output/predictions", Reach::nothing, with_default(true, {false}),
       [](const Job& job) { return job.output.predictions; }},
      {"output.curves", "/output/curves", Reach::nothing, with_default(true, {false}),
       [](const Job& job) { return job.output.curves; }},
      {"output.features",
       "/output/features",
       Reach::nothing,
       {named(nullptr, FeatureOutput::none), named("first-split", FeatureOutput::first_split),
        named("all", FeatureOutput::all)},
       [](const Job& job) { return static_cast<int>(job.output.features); }},
      {"engine",
       "/engine",
       Reach::job_networks,
       {named(nullptr, EngineKind::lockstep), named("reference", EngineKind::reference)},
       [](const Job& job) { return static_cast<int>(network_engine(job)); }},
      {"cohort", "/cohort", Reach::nothing, with_default(8, {1, 3}),
       [](const Job& job) { return job.cohort; }},
  };
}

std::vector<JobSetting> settings_of_experiment() {
  const std::string at = "/experiments/0/";
  return {
      {"experiment.name", at + "name", Reach::nothing, same({"task", "other"}),
       [](const Job& job) { return task(job).name; }},
      // Of an experiment without a probe, and without what is disentangled from the domain.
      {"experiment.target",
       "/experiments/2/target",
       Reach::experiment,
       {named(nullptr, Label::class_label), named("domain", Label::domain)},
       [](const Job& job) { return static_cast<int>(job.experiments.at(2).target); }},
      {"filter.role",
       at + "samples/role",
       Reach::experiment,
       {{nullptr, list({"in"})},
        {list({"oos", "in"}), list({"in", "oos"})},
        {"oos", list({"oos"})}},
       [](const Job& job) { return roles_of(task(job).samples); }},
      {"filter.class",
       at + "samples/class",
       Reach::experiment,
       {{nullptr, json::array()}, {list({"normal", "covid19"}), list({"normal", "covid19"})}},
       [](const Job& job) { return task(job).samples.class_label; }},
      {"filter.domain",
       at + "samples/domain",
       Reach::experiment,
       {{nullptr, json::array()}, {list({"rsna", "cohen"}), list({"rsna", "cohen"})}},
       [](const Job& job) { return task(job).samples.domain; }},
      {"experiment.stratify",
       at + "stratify",
       Reach::experiment,
       {named(nullptr, Label::class_label), named("domain", Label::domain)},
       [](const Job& job) { return static_cast<int>(task(job).stratify); }},
      // Absent: by what is predicted.
      {"experiment.stratify",
       "/experiments/1/stratify",
       Reach::experiment,
       {named(nullptr, Label::domain), named("class", Label::class_label)},
       [](const Job& job) { return static_cast<int>(job.experiments.at(1).stratify); }},
      {"experiment.evaluate",
       at + "evaluate",
       Reach::experiment,
       {{nullptr, false}, {list({"in", "oos"}), true}},
       [](const Job& job) { return task(job).evaluate_oos; }},
      {"experiment.probe",
       at + "probe",
       Reach::experiment,
       {{nullptr, nullptr}, named("domain", Label::domain)},
       [](const Job& job) {
         return task(job).probe ? json(static_cast<int>(*task(job).probe)) : json();
       }},
      {"experiment.probe",
       "/experiments/1/probe",
       Reach::experiment,
       {named("class", Label::class_label), {nullptr, nullptr}},
       [](const Job& job) {
         const std::optional<Label>& probe = job.experiments.at(1).probe;
         return probe ? json(static_cast<int>(*probe)) : json();
       }},
      {"experiment.balance",
       at + "balance",
       Reach::experiment,
       // By class the example's samples are even already.
       {{nullptr, nullptr}, named("domain", Label::domain)},
       [](const Job& job) {
         return task(job).balance ? json(static_cast<int>(*task(job).balance)) : json();
       }},
      {"experiment.probe_on",
       "/experiments/1/probe_on",
       Reach::experiment_networks,
       {named(nullptr, ProbeOn::encoded), named("z", ProbeOn::embedding)},
       [](const Job& job) { return static_cast<int>(job.experiments.at(1).probe_on); }},
      {"experiment.standardize",
       at + "standardize",
       Reach::experiment,
       {named(nullptr, Standardize::none), named("train", Standardize::train)},
       [](const Job& job) { return static_cast<int>(task(job).standardize); }},
  };
}

std::vector<JobSetting> settings_of_training() {
  const std::string at = "/experiments/0/candidates/1/training/";
  const std::string rule = at + "plateau/";
  const Reach one = Reach::candidate;
  return {
      {"training.epochs", at + "epochs", one, same({8, 2}), of_training(&TrainingSettings::epochs)},
      {"training.batch", at + "batch", one, same({8, 13}), of_training(&TrainingSettings::batch)},
      {"training.learning_rate", at + "learning_rate", one, with_default(0.001, {0.004, 1e-9}),
       of_training(&TrainingSettings::learning_rate)},
      {"training.weight_decay", at + "weight_decay", one, with_default(0.01, {0.0, 3.5}),
       of_training(&TrainingSettings::weight_decay)},
      {"training.model",
       at + "model",
       one,
       {named(nullptr, ScoredModel::last), named("best", ScoredModel::best)},
       of_candidate(kBaseline,
                    [](const Candidate& c) { return static_cast<int>(training_of(c).model); })},
      {"plateau.patience", rule + "patience", one, same({0, 2}),
       of_plateau(&PlateauSettings::patience)},
      {"plateau.factor", rule + "factor", one, same({0.5, 0.01, 1.0}),
       of_plateau(&PlateauSettings::factor)},
      {"plateau.stop_after", rule + "stop_after", one, same({3, 1}),
       of_plateau(&PlateauSettings::stop_after)},
      {"plateau.min_improvement", rule + "min_improvement", one, with_default(1e-6, {0.25}),
       of_plateau(&PlateauSettings::min_improvement)},
  };
}

std::vector<JobSetting> settings_of_candidate() {
  const std::string at = "/experiments/0/candidates/";
  const std::string glide = at + "2/lambda/", sigmoid = at + "3/lambda/", step = at + "4/lambda/";
  const Reach one = Reach::candidate;
  const auto schedule_of = [](Place place) {
    return of_candidate(place, [](const Candidate& c) {
      return static_cast<int>(std::get<DisentangledModel>(c.model).lambda.kind);
    });
  };
  return {
      {"candidate.name", at + "1/name", Reach::nothing, with_default("baseline", {"other"}),
       of_candidate(kBaseline, &Candidate::name)},
      {"candidate.kind",
       at + "1/kind",
       one,
       {named("baseline", CandidateKind::baseline),
        named("disentangled", CandidateKind::disentangled)},
       of_candidate(kBaseline, [](const Candidate& c) { return static_cast<int>(kind_of(c)); })},
      {"candidate.c", at + "0/c", one, with_default(1.0, {0.03, 30.0}),
       of_candidate(kLinear, [](const Candidate& c) { return std::get<LinearModel>(c.model).c; })},
      {"candidate.domain_head",
       at + "2/domain_head",
       one,
       {named(nullptr, DomainHead::trained), named("still", DomainHead::still)},
       of_candidate(kDisentangled,
                    [](const Candidate& c) {
                      return static_cast<int>(std::get<DisentangledModel>(c.model).domain_head);
                    })},
      {"lambda.schedule",
       glide + "schedule",
       one,
       {named(nullptr, ScheduleKind::exponential), named("linear", ScheduleKind::linear),
        named("cosine", ScheduleKind::cosine), named("sigmoid", ScheduleKind::sigmoid),
        named("step", ScheduleKind::step), named("constant", ScheduleKind::constant)},
       schedule_of(kDisentangled)},
      {"lambda.from", glide + "from", one, with_default(10.0, {3.0}),
       of_lambda(kDisentangled, &LambdaSchedule::from)},
      {"lambda.to", glide + "to", one, with_default(1.0, {0.2}),
       of_lambda(kDisentangled, &LambdaSchedule::to)},
      {"lambda.over",
       glide + "over",
       one,
       {{nullptr, nullptr}, {2.5, 2.5}},
       of_candidate(kDisentangled,
                    [](const Candidate& c) {
                      return std::get<DisentangledModel>(c.model).lambda.over
                                 ? json(*std::get<DisentangledModel>(c.model).lambda.over)
                                 : json();
                    })},
      {"lambda.gamma", sigmoid + "gamma", one, with_default(10.0, {2.0}),
       of_lambda(kSigmoid, &LambdaSchedule::gamma)},
      {"lambda.factor", step + "factor", one, with_default(0.5, {2.0}),
       of_lambda(kStep, &LambdaSchedule::factor)},
      {"lambda.every", step + "every", one, same({2, 3}), of_lambda(kStep, &LambdaSchedule::every)},
      {"lambda.values", at + "5/lambda/values", one,
       same({list({1.0, 2.0, 3.0, 4.0, 3.0, 2.0, 1.0, 0.0}),
             list({1.0, 2.0, 3.0, 4.5, 3.0, 2.0, 1.0, 0.0})}),
       of_lambda(kTable, &LambdaSchedule::values)},
      {"lambda.warm_up", glide + "warm_up", one, with_default(0, {4}),
       of_lambda(kDisentangled, &LambdaSchedule::warm_up)},
  };
}

}  // namespace

json example_job() { return json::parse(kExample); }

const std::vector<JobSetting>& job_settings() {
  static const std::vector<JobSetting> kSettings = [] {
    std::vector<JobSetting> all = settings_of_job();
    for (const auto& more :
         {settings_of_experiment(), settings_of_training(), settings_of_candidate()})
      all.insert(all.end(), more.begin(), more.end());
    return all;
  }();
  return kSettings;
}

json example_job_with(const std::string& place, const json& value) {
  json job = example_job();
  const json::json_pointer at(place);
  if (!value.is_null())
    job[at] = value;
  else if (job.contains(at))
    job[at.parent_pointer()].erase(at.back());
  return job;
}

Job parsed(const json& job) { return parse_job(job.dump(), "job.json"); }

bool reaches(const JobSetting& setting, std::size_t experiment, std::size_t candidate) {
  const bool network = candidate > 0;  // the first of each experiment is linear
  const std::string its_experiment = "/experiments/" + std::to_string(experiment) + "/";
  const bool here = setting.place.starts_with(its_experiment);
  switch (setting.reach) {
    case Reach::nothing:
    case Reach::given_splits:
      return false;
    case Reach::candidate:
      return setting.place.starts_with(its_experiment + "candidates/" + std::to_string(candidate) +
                                       "/");
    case Reach::experiment_networks:
      return here && network;
    case Reach::experiment:
      return here;
    case Reach::job_networks:
      return network;
    case Reach::job:
      return true;
  }
  return false;
}

std::string described(const JobSetting& setting, const SettingValue& value) {
  return setting.place + " = " + value.written.dump();
}

}  // namespace crossfold::testing
