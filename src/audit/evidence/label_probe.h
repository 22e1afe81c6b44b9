#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "crossfold/solve/feature_rows.h"

#include "pool_labels.h"

namespace crossfold::audit {

/// Rows to fit a probe on and rows to score it on.
struct ProbeRows {
  std::vector<std::uint32_t> train;
  std::vector<std::uint32_t> test;
};

/// How well a label is read from features.
struct ProbeScores {
  std::optional<double> all;           ///< mean over levels of the one-versus-rest AUCs
  std::optional<double> within_class;  ///< the same over pairs of samples of one class
};

/// What is probed for what.
struct ProbeInput {
  const FeatureRows* features = nullptr;
  const RowLabel* label = nullptr;
  const RowLabel* class_label = nullptr;
  /// [rows of the store]: where the features of each row stand; all rows in order where it is none.
  const std::vector<std::uint32_t>* index = nullptr;
  std::size_t most_rows = 0;  ///< to train on; of more, every second, third, ... is taken
};

/// Logistic regression (C = 0.01, columns scaled) from the features to the label, fitted on the
/// training rows and scored on the test rows. Nothing where the training rows have one level only.
[[nodiscard]] std::optional<ProbeScores> probe_label(const ProbeInput& input,
                                                     const ProbeRows& rows);

/// Mean over several splits, of what is defined.
[[nodiscard]] ProbeScores mean_of(const std::vector<ProbeScores>& scores);

}  // namespace crossfold::audit
