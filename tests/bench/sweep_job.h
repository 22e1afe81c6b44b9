#pragma once

#include <cstddef>
#include <string>

#include "plan/small_study.h"

namespace crossfold::testing {

/// So many disentangled fits of unlike lambda, on 50 splits of the small study.
inline Job sweep_job(std::size_t fits, int cohort) {
  Job job = small_job();
  job.experiments.resize(1);
  job.embeddings.resize(1);
  job.splits.folds = 10;
  job.splits.seeds = 5;
  job.cohort = cohort;
  job.experiments[0].candidates.clear();
  for (std::size_t i = 0; i < fits / 50; ++i) {
    Candidate candidate = small_candidate("d" + std::to_string(i), CandidateKind::disentangled);
    std::get<DisentangledModel>(candidate.model).lambda.from = 1 + static_cast<double>(i);
    job.experiments[0].candidates.push_back(candidate);
  }
  return job;
}

}  // namespace crossfold::testing
