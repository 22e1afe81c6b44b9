#include "network_scores.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/stats/scores.h"

#include "initial_weights.h"
#include "linear_fit.h"
#include "score_fit.h"
#include "score_probes.h"

namespace crossfold::train {
namespace {

void score_probes_on(const FitTask& task, TrainedNetwork& network, std::span<const float> held_out,
                     FitResult& result) {
  const std::vector<std::uint32_t> other_folds = all_other_folds(*task.split);
  if (task.experiment->probe_on == ProbeOn::encoded) {
    const std::vector<float> fitted = network.encode(other_folds);
    score_probes(task, {.other_folds = encoded_rows(fitted), .held_out = encoded_rows(held_out)},
                 result);
    return;
  }
  const std::optional<ColumnScaling> scaling = embedding_scaling(task);
  const ColumnScaling* scale = scaling ? &*scaling : nullptr;
  score_probes(task,
               {.other_folds = embedding_rows(task, other_folds, scale),
                .held_out = embedding_rows(task, task.split->test, scale)},
               result);
}

/// One pass over the validation samples when training has ended, not one for each epoch.
std::optional<double> validation_auc(const FitTask& task, TrainedNetwork& network) {
  const std::vector<std::uint32_t>& rows = task.split->validation;
  if (rows.empty()) return std::nullopt;
  const CodedColumn& target = task.samples->column(task.experiment->target);
  const std::size_t classes = target.levels.size();
  const std::vector<double> probabilities =
      stats::softmax_rows(network.class_logits(network.encode(rows)), classes);
  return stats::score_probabilities(probabilities, labels_of(target, rows), classes).auc;
}

Features kept_features(const FitTask& task, TrainedNetwork& network) {
  Features features{.rows = task.samples->pool, .dim = kEncodedWidth, .values = {}};
  const std::vector<std::uint32_t>& oos = task.samples->oos;
  features.rows.insert(features.rows.end(), oos.begin(), oos.end());
  features.values = network.encode(features.rows);
  return features;
}

}  // namespace

FeatureRows encoded_rows(std::span<const float> encoded) {
  return {.values = encoded, .dim = kEncodedWidth, .rows = std::nullopt, .scaling = nullptr};
}

void score_network(const FitTask& task, TrainedNetwork& network, FitResult& result) {
  const std::vector<float> held_out = network.encode(task.split->test);
  const auto logits_of = [&](std::span<const std::uint32_t> rows) {
    return network.class_logits(network.encode(rows));
  };
  score_target(task, network.class_logits(held_out), logits_of, result);
  result.training.validation_auc = validation_auc(task, network);
  if (has_probes(*task.experiment)) score_probes_on(task, network, held_out, result);
  if (task.keep_features) result.artefacts.features = kept_features(task, network);
}

double validation_loss(const FitTask& task, TrainedNetwork& network, std::span<const float> encoded,
                       int epochs) {
  const std::vector<double> logits = network.class_logits(encoded);
  const CodedColumn& target = task.samples->column(task.experiment->target);
  const std::vector<std::int32_t> labels = labels_of(target, task.split->validation);
  const std::size_t classes = target.levels.size();
  double sum = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto row = std::span(logits).subspan(i * classes, classes);
    const double largest = *std::max_element(row.begin(), row.end());
    double exponentials = 0;
    for (const double logit : row) exponentials += std::exp(logit - largest);
    sum += largest + std::log(exponentials) - row[static_cast<std::size_t>(labels[i])];
  }
  const double loss = sum / static_cast<double>(labels.size());
  CF_VALIDATE(std::isfinite(loss), ErrorCode::bad_input,
              fmt::format("the validation loss is not finite after epoch {} (it is {}). lower "
                          "the learning rate, or check the embedding",
                          epochs, loss));
  return loss;
}

}  // namespace crossfold::train
