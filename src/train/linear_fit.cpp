#include "linear_fit.h"

#include <vector>

#include "crossfold/solve/logistic_regression.h"

#include "loss_weights.h"
#include "score_fit.h"
#include "score_probes.h"

namespace crossfold::train {

FeatureRows embedding_rows(const FitTask& task, std::span<const std::uint32_t> rows,
                           const ColumnScaling* scaling) {
  return {.values = task.embedding, .dim = task.dim, .rows = rows, .scaling = scaling};
}

std::optional<ColumnScaling> embedding_scaling(const FitTask& task) {
  if (task.experiment->standardize == Standardize::none) return std::nullopt;
  return column_scaling(embedding_rows(task, task.split->train, nullptr));
}

FitResult fit_linear(const FitTask& task, InstructionSet set) {
  FitResult result;
  count_samples(task, result);
  const std::optional<ColumnScaling> scaling = embedding_scaling(task);
  const ColumnScaling* scale = scaling ? &*scaling : nullptr;
  const std::vector<std::uint32_t> other_folds = all_other_folds(*task.split);
  const FeatureRows fitted = embedding_rows(task, other_folds, scale);
  const FeatureRows held_out = embedding_rows(task, task.split->test, scale);

  const CodedColumn& column = task.samples->column(task.experiment->target);
  const std::vector<float> weights = LossWeights(task, other_folds).of(other_folds);
  const LogisticFit fit = fit_logistic(fitted, labels_of(column, other_folds), column.levels.size(),
                                       {.c = std::get<LinearModel>(task.candidate->model).c,
                                        .instruction_set = set,
                                        .weights = weights});
  record_solve(fit, result.solver);
  TargetLogits scored{.held_out = logits(fit.model, held_out, set), .oos = {}, .sets = {}};
  const auto logits_of = [&](std::span<const std::uint32_t> rows) {
    return logits(fit.model, embedding_rows(task, rows, scale), set);
  };
  if (task.experiment->evaluate_oos) scored.oos = logits_of(task.samples->oos);
  for (const std::vector<std::uint32_t>& rows : scored_sets(task))
    scored.sets.push_back(rows.empty() ? std::vector<double>() : logits_of(rows));
  score_target(task, scored, result);
  if (has_probes(*task.experiment))
    score_probes(task, {.other_folds = fitted, .held_out = held_out}, set, result);
  return result;
}

}  // namespace crossfold::train
