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

void score_target(const FitTask& task, std::span<const double> held_out_logits,
                  const LogitsOf& logits_of, FitResult& result) {
  const CodedColumn& column = task.samples->column(task.experiment->target);
  Scored held_out = score_rows(column, task.split->test, held_out_logits);
  result.held_out = std::move(held_out.scores);
  if (task.keep_predictions) result.artefacts.held_out = std::move(held_out.predictions);
  if (task.experiment->evaluate_oos) {
    const std::vector<std::uint32_t>& rows = task.samples->oos;
    Scored oos = score_rows(column, rows, logits_of(rows));
    result.oos = std::move(oos.scores);
    if (task.keep_predictions) result.artefacts.oos = std::move(oos.predictions);
  }
  if (task.experiment->evaluate_sets.empty()) return;
  for (const std::vector<std::uint32_t>& rows : task.split->sets) {
    const std::vector<double> logits = rows.empty() ? std::vector<double>() : logits_of(rows);
    Scored set = score_rows(column, rows, logits);
    result.sets.push_back(std::move(set.scores));
    if (task.keep_predictions) result.artefacts.sets.push_back(std::move(set.predictions));
  }
}

}  // namespace crossfold::train
