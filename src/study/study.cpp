#include "crossfold/study/study.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "crossfold/core/error.h"
#include "crossfold/core/files.h"
#include "crossfold/core/log.h"
#include "crossfold/core/text_encoding.h"
#include "crossfold/core/text_of_json.h"
#include "crossfold/core/validation_errors.h"
#include "crossfold/job/job_json.h"
#include "crossfold/plan/plan_warnings.h"
#include "crossfold/plan/trainable.h"
#include "crossfold/results/store_json.h"
#include "crossfold/samples/sample_sets.h"
#include "crossfold/samples/split_places.h"
#include "crossfold/store/store.h"

namespace crossfold {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr std::uint64_t kMostJobBytes = std::uint64_t{1} << 26;

/// What nothing is chosen or probed by would only make every rank's copy larger.
void keep_used_attributes(const Job& job, SampleTable& samples) {
  const std::vector<std::string> used = attributes_used(job);
  std::erase_if(samples.attributes, [&](const Attribute& attribute) {
    return !std::binary_search(used.begin(), used.end(), attribute.name);
  });
}

/// Before the splits are made: a line in the wrong place is told of itself, not by what is missed.
void check_places(const Study& study, const fs::path& file) {
  std::vector<std::string> experiments;
  for (const Experiment& experiment : study.job.experiments) experiments.push_back(experiment.name);
  ValidationErrors errors;
  check_split_places(study.split_csv, file.string(), experiments, study.job.splits, errors);
  errors.throw_if_any(ErrorCode::bad_input, file.string());
}

}  // namespace

Study load_study(const JobArguments& arguments) {
  const fs::path& job_file = arguments.job;
  Study study;
  study.job = parse_job(text_from_bytes(read_file(job_file, kMostJobBytes), job_file.string()),
                        job_file.string());
  if (arguments.engine) study.job.engine = arguments.engine;
  study.job.cohort = arguments.cohort.value_or(study.job.cohort);
  const fs::path folder = fs::absolute(job_file).parent_path();
  study.store = arguments.store ? fs::absolute(*arguments.store)
                                : fs::weakly_canonical(folder / study.job.store);
  if (study.job.warm_start) study.warm_start = fs::weakly_canonical(folder / *study.job.warm_start);
  if (arguments.warm_start) {
    study.job.warm_start = *arguments.warm_start;
    study.warm_start = fs::weakly_canonical(*arguments.warm_start);
  }
  StoreContents store = open_store(study.store);
  study.samples = std::move(store.samples);
  if (study.job.splits.file) {
    study.split_csv = read_file(folder / *study.job.splits.file, kMostFileBytes);
    check_places(study, folder / *study.job.splits.file);
  }
  if (const auto note = long_planning(study.job.splits, study.samples.size())) log_info(*note);
  try {
    study.plan = make_plan(study.job, study.samples, store.embeddings, study.split_csv);
    ValidationErrors errors;
    check_trainable(study.job, study.plan, errors);
    errors.throw_if_any(ErrorCode::bad_input, study.job.name);
  } catch (const Error& error) {
    const bool in_splits =
        study.job.splits.file && error.where() == study.job.splits.file->string();
    const fs::path file = in_splits ? folder / *study.job.splits.file : job_file;
    throw Error(error.code(), error.message(), file.string());
  }
  keep_used_attributes(study.job, study.samples);
  return study;
}

Job recorded_job(const Study& study, const fs::path& run_directory) {
  Job job = study.job;
  job.store = fs::proximate(study.store, fs::absolute(run_directory));
  if (study.warm_start)
    job.warm_start = fs::proximate(*study.warm_start, fs::absolute(run_directory));
  return job;
}

namespace {

/// Everything that a candidate of the experiment is disentangled from, each once.
std::vector<Adversary> all_adversaries(const Experiment& experiment) {
  std::vector<Adversary> all;
  for (const Candidate& candidate : experiment.candidates)
    for (const Adversary& adversary : adversaries_of(candidate))
      if (std::none_of(all.begin(), all.end(),
                       [&](const Adversary& other) { return other.of == adversary.of; }))
        all.push_back({.of = adversary.of});
  return all;
}

/// A worker is told the candidates it trains: of thousands one stays, so that what stands beside
/// them (what is probed, say) reads as it did, and so that it needs the labels and attributes that
/// all of them need.
Job for_workers(Job job) {
  job.warm_start.reset();
  for (Experiment& experiment : job.experiments) {
    const std::vector<Adversary> adversaries = all_adversaries(experiment);
    const auto most = std::max_element(
        experiment.candidates.begin(), experiment.candidates.end(),
        [](const Candidate& a, const Candidate& b) { return kind_of(a) < kind_of(b); });
    std::iter_swap(experiment.candidates.begin(), most);
    experiment.candidates.resize(1);
    experiment.candidates.front().parameters.clear();
    if (!adversaries.empty())
      std::get<DisentangledModel>(experiment.candidates.front().model).adversaries = adversaries;
    experiment.sweep.reset();
  }
  return job;
}

/// Of the sweeps a worker needs what the splits hang on.
json split_schemes(const Job& job) {
  json list = json::array();
  for (const Experiment& experiment : job.experiments) {
    json value = json::object();
    if (experiment.sweep && experiment.sweep->selects(SelectionRule::source_out))
      value["source_out"] = true;
    if (experiment.sweep && experiment.sweep->nested)
      value["inner_folds"] = experiment.sweep->nested->folds;
    list.push_back(std::move(value));
  }
  return list;
}

void set_split_schemes(const json& list, Job& job) {
  for (std::size_t i = 0; i < job.experiments.size(); ++i) {
    const json& value = list.at(i);
    if (value.empty()) continue;
    SweepSettings& sweep = job.experiments[i].sweep.emplace();
    if (value.contains("source_out")) sweep.select = {SelectionRule::source_out};
    if (value.contains("inner_folds"))
      sweep.nested = NestedSettings{.folds = value.at("inner_folds").get<int>()};
  }
}

}  // namespace

std::string pack_study(const Study& study) {
  const std::string store = study.store.string();  // of any bytes, as paths are
  const json value{{"job", json_text(canonical_job(for_workers(study.job)))},
                   {"schemes", split_schemes(study.job)},
                   {"store", json::binary({store.begin(), store.end()})},
                   {"samples", sample_table_to_json(study.samples)},
                   {"embeddings", embeddings_to_json(study.plan.basis.embeddings)},
                   {"splits", study.split_csv}};
  std::string bytes;
  json::to_cbor(value, bytes);
  return bytes;
}

SharedStudy unpack_study(const std::string& bytes) {
  const json value = json::from_cbor(bytes);
  SharedStudy study;
  study.job = parse_job(value.at("job").get<std::string>(), "job");
  set_split_schemes(value.at("schemes"), study.job);
  const auto& store = value.at("store").get_binary();
  study.store = std::string(store.begin(), store.end());
  study.basis = make_basis(study.job, sample_table_from_json(value.at("samples")),
                           embeddings_from_json(value.at("embeddings")),
                           value.at("splits").get<std::string>());
  study.hash = sha256(bytes);
  return study;
}

}  // namespace crossfold
