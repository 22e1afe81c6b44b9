#include <algorithm>

#include "crossfold/job/job.h"

namespace crossfold {

const std::string* pool_set(const Experiment& experiment) {
  const SampleFilter& pool = experiment.samples;
  if (pool.set.size() != 1) return nullptr;
  const SampleFilter plain{.role = {}, .class_label = {}, .domain = {}, .set = pool.set};
  return pool == plain ? &pool.set.front() : nullptr;
}

bool has_networks(const Experiment& experiment) {
  return std::any_of(experiment.candidates.begin(), experiment.candidates.end(), is_network);
}

bool has_networks(const Job& job) {
  return std::any_of(job.experiments.begin(), job.experiments.end(),
                     [](const Experiment& experiment) { return has_networks(experiment); });
}

EngineKind network_engine(const Job& job) { return job.engine.value_or(BaselineModel::kEngine); }

bool has_generations(const Experiment& experiment) {
  return experiment.sweep && experiment.sweep->sampler == Sampler::tpe;
}

std::size_t drawn_candidates(const Experiment& experiment) {
  return static_cast<std::size_t>(
      std::count_if(experiment.candidates.begin(), experiment.candidates.end(),
                    [](const Candidate& candidate) { return !candidate.parameters.empty(); }));
}

std::size_t candidates_to_come(const Experiment& experiment) {
  if (!has_generations(experiment)) return 0;
  const std::size_t in_all = experiment.sweep->candidates * experiment.sweep->spaces.size();
  return in_all - std::min(in_all, drawn_candidates(experiment));
}

}  // namespace crossfold
