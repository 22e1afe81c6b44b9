#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "crossfold/plan/stages.h"

#include "plan/small_study.h"

namespace crossfold::testing {

/// The small study with a race of `candidates` drawn candidates, beside the baseline: 3 folds x 2
/// seeds, rungs of 2 and 4 splits, on two embedding sets. So there are two chains.
inline Job racing_job(std::size_t candidates = 6) {
  Job job = small_job();
  Experiment& task = job.experiments[0];
  task.candidates.resize(1);
  for (std::size_t i = 0; i < candidates; ++i) {
    const double from = 1 + static_cast<double>(i);
    task.candidates.push_back(small_candidate("d[lambda.from=" + std::to_string(i + 1) + "]",
                                              CandidateKind::disentangled));
    std::get<DisentangledModel>(task.candidates.back().model).lambda.from = from;
    task.candidates.back().parameters = {{.key = "lambda.from", .value = from}};
  }
  task.sweep = SweepSettings{};
  task.sweep->candidates = static_cast<std::uint32_t>(candidates);
  task.sweep->race = RaceSettings{};
  task.sweep->race->rungs = {2, 4};
  return job;
}

/// A fit that came to this score on its held-out fold.
inline FitResult result_with(const FitId& id, std::optional<double> auc) {
  FitResult result;
  result.id = id;
  result.held_out.auc = auc;
  return result;
}

/// The names of the candidates that a stage trains.
inline std::vector<std::string> trained_in(const Job& job, const Plan& plan, const Stage& stage) {
  std::vector<std::string> names;
  for (const std::uint32_t index : stage.fits) {
    const Fit& fit = plan.fits[index];
    const std::string& name = job.experiments[fit.experiment].candidates[fit.candidate].name;
    if (names.empty() || names.back() != name) names.push_back(name);
  }
  return names;
}

}  // namespace crossfold::testing
