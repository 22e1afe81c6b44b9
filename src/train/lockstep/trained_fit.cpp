#include "trained_fit.h"

#include <chrono>
#include <exception>
#include <span>

#include "score_fit.h"
#include "score_probes.h"

namespace crossfold::train {
namespace {

void fill_in_scores(const TrainedFit& fit, InstructionSet set) {
  const FitTask& task = *fit.task;
  FitResult& result = fit.outcome->result;
  const auto class_logits = [&](std::span<const float> encoded) {
    return logits(fit.class_head, encoded_rows(encoded), set);
  };
  score_classes(task, fit.samples, class_logits, result);
  if (probes_embedding(task)) score_probes_on_embedding(task, set, result);
  if (fit.probe) {
    if (fit.probe->failure) std::rethrow_exception(fit.probe->failure);
    score_probe(task, fit.probe->solution, encoded_rows(fit.samples.held_out), set, result);
  }
  if (fit.samples.other_folds.empty()) return;
  score_further_probes(task,
                       {.other_folds = encoded_rows(fit.samples.other_folds),
                        .held_out = encoded_rows(fit.samples.held_out)},
                       set, result);
}

}  // namespace

void score_trained(const TrainedFit& fit, InstructionSet set) {
  const auto start = std::chrono::steady_clock::now();
  try {
    fill_in_scores(fit, set);
  } catch (const std::exception&) {
    fit.outcome->failure = std::current_exception();
  }
  fit.outcome->result.seconds +=
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace crossfold::train
