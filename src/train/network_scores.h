#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "crossfold/solve/feature_rows.h"
#include "crossfold/train/engine.h"

namespace crossfold::train {

/// A trained network as scoring sees it, in evaluation mode.
class TrainedNetwork {
 public:
  virtual ~TrainedNetwork() = default;
  /// z' [rows, 64] of rows of the store, row-major.
  [[nodiscard]] virtual std::vector<float> encode(std::span<const std::uint32_t> rows) = 0;
  /// Logits [n, classes] of z' [n, 64].
  [[nodiscard]] virtual std::vector<double> class_logits(std::span<const float> encoded) = 0;
};

/// Fills in all scores of a fit, the validation AUC among them, and z' where the task asks to keep
/// it.
void score_network(const FitTask& task, TrainedNetwork& network, FitResult& result);

/// Mean class cross-entropy of the split's validation samples, in float64, from z' of theirs.
/// Error{bad_input} when it is not finite; `epochs` have been run.
[[nodiscard]] double validation_loss(const FitTask& task, TrainedNetwork& network,
                                     std::span<const float> encoded, int epochs);

/// z' [n, 64] as features of a logistic regression.
[[nodiscard]] FeatureRows encoded_rows(std::span<const float> encoded);

}  // namespace crossfold::train
