#include "network_scores.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/stats/scores.h"

#include "initial_weights.h"
#include "linear_fit.h"
#include "score_fit.h"
#include "score_probes.h"

namespace crossfold::train {

FeatureRows encoded_rows(std::span<const float> encoded) {
  return {.values = encoded, .dim = kEncodedWidth, .rows = std::nullopt, .scaling = nullptr};
}

double mean_cross_entropy(std::span<const double> logits, std::span<const std::int32_t> labels,
                          std::size_t classes, std::span<const float> weights) {
  CF_EXPECT(logits.size() == labels.size() * classes);
  CF_EXPECT(weights.empty() || weights.size() == labels.size());
  double sum = 0, weight_sum = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto row = logits.subspan(i * classes, classes);
    const double largest = *std::max_element(row.begin(), row.end());
    double exponentials = 0;
    for (const double logit : row) exponentials += std::exp(logit - largest);
    const double loss = largest + std::log(exponentials) - row[static_cast<std::size_t>(labels[i])];
    const double weight = weights.empty() ? 1 : static_cast<double>(weights[i]);
    sum += weight * loss;
    weight_sum += weight;
  }
  return sum / weight_sum;
}

void check_validation_loss(double loss, int epochs) {
  CF_VALIDATE(std::isfinite(loss), ErrorCode::bad_input,
              fmt::format("the validation loss is not finite after epoch {} (it is {}). lower "
                          "the learning rate, or check the embedding",
                          epochs, loss));
}

void score_classes(const FitTask& task, const EncodedSamples& samples,
                   const ClassLogits& class_logits, FitResult& result) {
  TargetLogits logits{.held_out = class_logits(samples.held_out), .oos = {}, .sets = {}};
  if (task.experiment->evaluate_oos) logits.oos = class_logits(samples.oos);
  for (const std::vector<float>& set : samples.sets)
    logits.sets.push_back(set.empty() ? std::vector<double>() : class_logits(set));
  score_target(task, logits, result);
  const std::vector<std::uint32_t>& validation = task.split->validation;
  if (validation.empty()) return;
  const CodedColumn& target = task.samples->column(task.experiment->target);
  const std::size_t classes = target.levels.size();
  result.training.validation_auc =
      stats::score_probabilities(stats::softmax_rows(class_logits(samples.validation), classes),
                                 labels_of(target, validation), classes)
          .auc;
}

bool probes_encoded(const FitTask& task) {
  return has_probes(*task.experiment) && task.experiment->probe_on == ProbeOn::encoded;
}

bool probes_embedding(const FitTask& task) {
  return has_probes(*task.experiment) && task.experiment->probe_on != ProbeOn::encoded;
}

void score_probes_on_embedding(const FitTask& task, InstructionSet set, FitResult& result) {
  const std::vector<std::uint32_t> other_folds = all_other_folds(*task.split);
  const std::optional<ColumnScaling> scaling = embedding_scaling(task);
  const ColumnScaling* scale = scaling ? &*scaling : nullptr;
  score_probes(task,
               {.other_folds = embedding_rows(task, other_folds, scale),
                .held_out = embedding_rows(task, task.split->test, scale)},
               set, result);
}

std::vector<std::uint32_t> rows_of_features(const FitTask& task) {
  std::vector<std::uint32_t> rows = task.samples->pool;
  const std::vector<std::uint32_t>& oos = task.samples->oos;
  rows.insert(rows.end(), oos.begin(), oos.end());
  return rows;
}

}  // namespace crossfold::train
