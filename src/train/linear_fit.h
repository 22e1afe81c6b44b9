#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "crossfold/solve/feature_rows.h"
#include "crossfold/train/engine.h"

namespace crossfold::train {

/// A fit of the candidate `linear`, the same in every engine: logistic regression on the embedding
/// of all other folds. `standardize: train` and a probe refer to the embedding too.
[[nodiscard]] FitResult fit_linear(const FitTask& task, InstructionSet set);

/// The fit's rows of the embedding, scaled by `scaling` unless that is nullptr.
[[nodiscard]] FeatureRows embedding_rows(const FitTask& task, std::span<const std::uint32_t> rows,
                                         const ColumnScaling* scaling);

/// Mean and sd of the fit's own training samples when the experiment standardizes.
[[nodiscard]] std::optional<ColumnScaling> embedding_scaling(const FitTask& task);

}  // namespace crossfold::train
