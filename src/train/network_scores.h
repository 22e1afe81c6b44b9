#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "crossfold/solve/feature_rows.h"
#include "crossfold/train/engine.h"

namespace crossfold::train {

/// z' [n, 64] as features of a logistic regression.
[[nodiscard]] FeatureRows encoded_rows(std::span<const float> encoded);

/// Mean over samples of the cross-entropy of `logits` [n, classes], in float64; `weights` [n],
/// empty: all alike.
[[nodiscard]] double mean_cross_entropy(std::span<const double> logits,
                                        std::span<const std::int32_t> labels, std::size_t classes,
                                        std::span<const float> weights = {});
/// Error{bad_input} where the validation loss after `epochs` epochs is not finite.
void check_validation_loss(double loss, int epochs);

/// z' [rows, 64] in evaluation mode of the samples that a network is scored on, row-major.
struct EncodedSamples {
  std::vector<float> held_out;                ///< of the split's test
  std::vector<float> oos;                     ///< empty where the experiment does not ask
  std::vector<float> validation;              ///< of the split's validation, which may be none
  std::vector<std::vector<float>> sets = {};  ///< of each of scored_sets()
  std::vector<float> other_folds = {};        ///< where further probes are fitted on z'
};
/// Logits [n, classes] of z' [n, 64].
using ClassLogits = std::function<std::vector<double>(std::span<const float> encoded)>;

/// Fills in the scores of the target, the validation AUC among them.
void score_classes(const FitTask& task, const EncodedSamples& samples,
                   const ClassLogits& class_logits, FitResult& result);

/// Whether the experiment has probes, and they are fitted on z'.
[[nodiscard]] bool probes_encoded(const FitTask& task);
/// Likewise, on the embedding as the network sees it.
[[nodiscard]] bool probes_embedding(const FitTask& task);
/// The probes of probes_embedding(); no network has a part in them.
void score_probes_on_embedding(const FitTask& task, InstructionSet set, FitResult& result);

/// Rows whose z' a task can ask to keep: the pool, then those out of sample.
[[nodiscard]] std::vector<std::uint32_t> rows_of_features(const FitTask& task);

}  // namespace crossfold::train
