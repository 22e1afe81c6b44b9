#include "score_fit.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "crossfold/core/error.h"
#include "crossfold/stats/scores.h"

namespace crossfold::train {
namespace {

struct Scored {
  stats::ScoreSet scores;
  Predictions predictions;
};

Scored score_rows(const CodedColumn& column, std::span<const std::uint32_t> rows,
                  std::span<const double> logits) {
  const std::size_t classes = column.levels.size();
  CF_EXPECT(logits.size() == rows.size() * classes);
  std::vector<double> probabilities = stats::softmax_rows(logits, classes);
  stats::ScoreSet scores =
      stats::score_probabilities(probabilities, labels_of(column, rows), classes);
  return {.scores = std::move(scores),
          .predictions = {.rows = {rows.begin(), rows.end()},
                          .classes = classes,
                          .probabilities = std::move(probabilities)}};
}

}  // namespace

std::vector<std::int32_t> labels_of(const CodedColumn& column,
                                    std::span<const std::uint32_t> rows) {
  std::vector<std::int32_t> labels;
  labels.reserve(rows.size());
  for (const std::uint32_t row : rows) labels.push_back(column.codes[row]);
  return labels;
}

void record_solve(const LogisticFit& solve, SolverFacts& facts) {
  ++facts.solves;
  if (!solve.converged) ++facts.unconverged;
  facts.worst_gradient = std::max(facts.worst_gradient, solve.gradient);
}

void count_samples(const FitTask& task, FitResult& result) {
  const Split& split = *task.split;
  result.n_train = static_cast<std::uint32_t>(split.train.size() + split.validation.size());
  result.n_validation = static_cast<std::uint32_t>(split.validation.size());
  result.n_test = static_cast<std::uint32_t>(split.test.size());
}

std::span<const std::vector<std::uint32_t>> scored_sets(const FitTask& task) {
  if (task.experiment->evaluate_sets.empty()) return {};
  return task.split->sets;
}

void score_target(const FitTask& task, const TargetLogits& logits, FitResult& result) {
  const CodedColumn& column = task.samples->column(task.experiment->target);
  Scored held_out = score_rows(column, task.split->test, logits.held_out);
  result.held_out = std::move(held_out.scores);
  if (task.keep_predictions) result.artefacts.held_out = std::move(held_out.predictions);
  if (task.experiment->evaluate_oos) {
    Scored oos = score_rows(column, task.samples->oos, logits.oos);
    result.oos = std::move(oos.scores);
    if (task.keep_predictions) result.artefacts.oos = std::move(oos.predictions);
  }
  const auto sets = scored_sets(task);
  CF_EXPECT(logits.sets.size() == sets.size());
  for (std::size_t i = 0; i < sets.size(); ++i) {
    Scored set = score_rows(column, sets[i], logits.sets[i]);
    result.sets.push_back(std::move(set.scores));
    if (task.keep_predictions) result.artefacts.sets.push_back(std::move(set.predictions));
  }
}

LogisticFit fit_probe(const FitTask& task, std::span<const std::uint32_t> other_folds,
                      const FeatureRows& features, InstructionSet set) {
  const CodedColumn& column = task.samples->column(*task.experiment->probe);
  return fit_logistic(features, labels_of(column, other_folds), column.levels.size(),
                      {.instruction_set = set});
}

void score_probe(const FitTask& task, const LogisticFit& probe, const FeatureRows& held_out,
                 InstructionSet set, FitResult& result) {
  const CodedColumn& column = task.samples->column(*task.experiment->probe);
  record_solve(probe, result.solver);
  result.probe =
      stats::score_probabilities(probabilities(probe.model, held_out, set),
                                 labels_of(column, task.split->test), column.levels.size());
}

}  // namespace crossfold::train
