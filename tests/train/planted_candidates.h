#pragma once

#include <vector>

#include "planted_study.h"

namespace crossfold::test {

/// Candidates on one split of a planted study.
struct PlantedCandidates : PlantedStudy {
  using PlantedStudy::PlantedStudy;

  Candidate& add(CandidateKind kind, double lambda = 1) {
    Candidate candidate = candidate_of(kind, lambda);
    if (is_network(candidate)) training_of(candidate).epochs = 5;
    candidates.push_back(candidate);
    return candidates.back();
  }
  [[nodiscard]] std::vector<FitTask> tasks() const {
    std::vector<FitTask> all;
    for (const Candidate& candidate : candidates) all.push_back(task(candidate));
    return all;
  }
  [[nodiscard]] std::vector<FitOutcome> run(EngineKind kind) const {
    return make_engine(kind, {})->fit_cohort(tasks());
  }

  std::vector<Candidate> candidates;
};

}  // namespace crossfold::test
