#pragma once

#include <cmath>
#include <string>

#include "crossfold/job/job_json.h"
#include "crossfold/plan/stages.h"

#include "plan/small_study.h"

namespace crossfold::testing {

/// The small study with a search by generations of 4 for `candidates` candidates, of two schedules
/// with settings of their own, beside the references; on two embedding sets, 3 folds x 2 seeds.
inline Job learning_job(int candidates = 10) {
  return parse_job(R"({"name": "small", "store": "small.h5", "seed": 7,
    "embeddings": ["texture/raw", "texture/equalized"],
    "experiments": [{"name": "task", "evaluate": ["in", "oos"], "probe": "domain",
      "candidates": [{"kind": "disentangled", "name": "d", "lambda": {"choice": [
        {"schedule": "constant", "from": {"log": [0.1, 10]}},
        {"schedule": "linear", "from": {"uniform": [1, 4]}, "to": {"uniform": [0, 1]}}]}}],
      "sweep": {"sampler": "tpe", "generation": 4, "candidates": )" +
                       std::to_string(candidates) + R"(}}],
    "splits": {"folds": 3, "seeds": 2}})",
                   "job.json");
}

/// Best at a constant lambda of 1; a little different on each split and embedding set.
inline double learnable_score(const Job& job, const Fit& fit) {
  const Candidate& candidate = job.experiments[fit.experiment].candidates[fit.candidate];
  const auto* const model = std::get_if<DisentangledModel>(&candidate.model);
  const double from_best = model != nullptr && model->lambda.kind == ScheduleKind::constant
                               ? std::abs(std::log(model->lambda.from))
                               : 2.0;
  return 0.9 - 0.1 * from_best + 1e-3 * ((fit.fold.value + fit.seed.value) % 3) +
         1e-4 * fit.embedding;
}

}  // namespace crossfold::testing
