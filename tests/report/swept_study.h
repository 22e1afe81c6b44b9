#pragma once

#include <string>

#include "crossfold/results/run_records.h"

#include "report/run_builder.h"

namespace crossfold::testing {

/// The small study as a sweep of three drawn candidates beside the baseline, all with results. On
/// the held-out folds lambda 1 is best, then 3, then 10; on the validation parts 3 on all splits
/// but one, where 10 is; out of sample 10. The domain is read off the less the larger lambda is.
inline RunRecords swept_study() {
  RunRecords records = small_study();
  Job job = records.job;
  Experiment& experiment = job.experiments[0];
  experiment.candidates.resize(1);
  for (const double from : {1.0, 3.0, 10.0}) {
    experiment.candidates.push_back(
        candidate("d[lambda.from=" + std::to_string(int(from)) + "]", CandidateKind::disentangled));
    std::get<DisentangledModel>(experiment.candidates.back().model).lambda.from = from;
    experiment.candidates.back().parameters = {{.key = "lambda.from", .value = from}};
  }
  experiment.sweep = SweepSettings{};
  experiment.sweep->candidates = 3;
  experiment.sweep->select = {SelectionRule::validation, SelectionRule::held_out,
                              SelectionRule::one_se, SelectionRule::constrained,
                              SelectionRule::oracle};
  experiment.sweep->tau = 0.8;
  RunRecords swept = empty_run(job, records.samples);
  record_all(swept, [&](const Fit& fit) {
    const auto c = static_cast<double>(fit.candidate);
    FitResult result = even_result(swept, fit, 0.5);
    result.held_out.auc = fit.candidate == 0 ? 0.95 : 0.95 - 0.05 * c;
    result.oos->auc = 0.4 + 0.1 * c;
    result.probe->auc = 1 - 0.1 * c;
    const bool odd = fit.seed.value == 1 && fit.fold.value == 1;
    result.training.validation_auc = fit.candidate == 2          ? 0.8
                                     : fit.candidate == 3 && odd ? 0.9
                                                                 : 0.7;
    return result;
  });
  return swept;
}

}  // namespace crossfold::testing
