#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "crossfold/plan/fit_result.h"
#include "crossfold/plan/plan.h"
#include "crossfold/samples/experiment_samples.h"

#include "plan/sample_result.h"

namespace crossfold::testing {

/// Numbers that never come twice.
class Numbers {
 public:
  double real() { return ++last_ / 4096.0; }
  std::uint32_t whole() { return static_cast<std::uint32_t>(++last_); }
  [[nodiscard]] std::uint32_t last_whole() const { return static_cast<std::uint32_t>(last_); }

 private:
  double last_ = 0;
};

inline stats::ScoreSet unlike_scores(std::size_t classes, Numbers& numbers) {
  stats::ScoreSet scores{.auc = numbers.real(),
                         .acc = numbers.real(),
                         .accuracy = numbers.real(),
                         .balanced_accuracy = numbers.real(),
                         .diagnostic_odds_ratio = numbers.real(),
                         .classes = {},
                         .samples = numbers.whole(),
                         .undefined_aucs = numbers.whole(),
                         .undefined_recalls = numbers.whole()};
  for (std::size_t k = 0; k < classes; ++k)
    scores.classes.push_back({.auc = numbers.real(),
                              .sensitivity = numbers.real(),
                              .specificity = numbers.real(),
                              .precision = numbers.real(),
                              .f1 = numbers.real(),
                              .support = numbers.whole()});
  return scores;
}

inline FitResult unlike_result(const Plan& plan, const Fit& fit, Numbers& numbers) {
  const ExperimentSamples& samples = plan.basis.samples[fit.experiment];
  FitResult result;
  result.id = fit.id;
  const bool is_task = fit.experiment == 0;
  const std::size_t classes = (is_task ? samples.class_label : samples.domain).levels.size();
  result.held_out = unlike_scores(classes, numbers);
  if (is_task) result.oos = unlike_scores(classes, numbers);
  if (is_task) result.probe = unlike_scores(samples.domain.levels.size(), numbers);
  result.n_train = numbers.whole();
  result.n_validation = numbers.whole();
  result.n_test = numbers.whole();
  result.training = {.epochs = static_cast<int>(numbers.whole()),
                     .learning_rate_drops = static_cast<int>(numbers.whole()),
                     .stop = static_cast<StopReason>(numbers.last_whole() % 3),
                     .validation_loss = numbers.real(),
                     .validation_auc = numbers.real()};
  result.solver = {.solves = static_cast<int>(numbers.whole()),
                   .unconverged = static_cast<int>(numbers.whole()),
                   .worst_gradient = numbers.real()};
  result.seconds = numbers.real();
  if (fit.seed == SeedIndex(0)) result.artefacts = full_result().artefacts;
  return result;
}

/// What the probes beside that of a label in the whole pool may come to.
inline std::vector<ProbeResult> unlike_probes(const Experiment& experiment,
                                              const ExperimentSamples& samples, Numbers& numbers) {
  std::vector<ProbeResult> results;
  for (const FurtherProbe& probe : further_probes(experiment, samples)) {
    ProbeResult& result = results.emplace_back();
    result.of = probe.of;
    if (probe.within)
      result.within = samples.class_label.levels.at(static_cast<std::size_t>(*probe.within));
    result.scores = unlike_scores(levels_of(probe, samples).size(), numbers);
    if (probe.is_number()) result.r2 = numbers.real();
    result.missing = numbers.whole();
  }
  return results;
}

}  // namespace crossfold::testing
