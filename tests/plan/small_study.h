#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "crossfold/core/hash.h"
#include "crossfold/job/job.h"
#include "crossfold/plan/plan.h"

namespace crossfold::testing {

/// Thirty samples in, three classes and two domains, every third patient with two of them; six oos.
inline SampleTable small_samples() {
  SampleTable samples;
  samples.role.levels = {"in", "oos"};
  const std::vector<std::string> classes{"normal", "pneumonia", "covid19"};
  const std::vector<std::string> domains{"rsna", "cohen"};
  const auto add = [&](std::size_t group, const std::string& class_label, const std::string& domain,
                       const std::string& role) {
    samples.id.push_back("image" + std::to_string(samples.size()));
    samples.group.push_back("patient" + std::to_string(group));
    samples.class_label.append(class_label);
    samples.domain.append(domain);
    samples.role.append(role);
  };
  for (std::size_t i = 0; i < 30; ++i)
    add(i % 3 == 2 ? i - 1 : i, classes[(i / 3) % 3], domains[(i / 2) % 2], "in");
  for (std::size_t i = 0; i < 6; ++i) add(100 + i, classes[i % 3], "site", "oos");
  return samples;
}

inline EmbeddingInfo embedding(const std::string& name, std::size_t dim,
                               const std::string& content) {
  return {.name = name,
          .rows = 36,
          .dim = dim,
          .extractor = "texture",
          .extractor_hash = "",
          .preprocessing = "raw",
          .content = sha256(content)};
}

inline std::vector<EmbeddingInfo> small_embeddings() {
  return {embedding("texture/equalized", 8, "two"), embedding("texture/raw", 16, "one")};
}

inline Candidate small_candidate(const std::string& name, CandidateKind kind) {
  Candidate candidate;
  candidate.name = name;
  candidate.model = default_model(kind);
  return candidate;
}

/// 2 experiments, 2 embedding sets, 3 folds x 2 seeds: (2 + 1) x 2 x 6 = 36 fits.
inline Job small_job() {
  Job job;
  job.name = "small";
  job.store = "small.h5";
  job.seed = 7;
  job.embeddings = {"texture/raw", "texture/equalized"};
  job.splits.folds = 3;
  job.splits.seeds = 2;
  Experiment task;
  task.name = "task";
  task.evaluate_oos = true;
  task.probe = Label::domain;
  task.candidates = {small_candidate("baseline", CandidateKind::baseline),
                     small_candidate("disentangled", CandidateKind::disentangled)};
  Experiment domain;
  domain.name = "source";
  domain.target = domain.stratify = Label::domain;
  domain.candidates = {small_candidate("linear", CandidateKind::linear)};
  job.experiments = {task, domain};
  return job;
}

inline Plan small_plan(const Job& job = small_job()) {
  return make_plan(job, small_samples(), small_embeddings());
}

}  // namespace crossfold::testing
