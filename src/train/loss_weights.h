#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "crossfold/train/engine.h"

namespace crossfold::train {

/// What samples weigh in the class loss (Experiment::weights): n / (k m) for each of the m samples
/// of one of k levels that n samples have, as scikit-learn's compute_class_weight("balanced") does.
class LossWeights {
 public:
  /// Counted over `rows`, which the fit is trained on.
  LossWeights(const FitTask& task, std::span<const std::uint32_t> rows);

  /// [rows.size()]; empty: all alike. 1 for a level, or a pair of them, that was not counted.
  [[nodiscard]] std::vector<float> of(std::span<const std::uint32_t> rows) const;

 private:
  /// Codes of the labels that are weighed by; -1 for one that is not.
  using Cell = std::pair<std::int32_t, std::int32_t>;
  [[nodiscard]] Cell cell_of(std::uint32_t row) const;

  const CodedColumn* classes_ = nullptr;  ///< nullptr: not weighed by
  const CodedColumn* domains_ = nullptr;
  std::map<Cell, float> weights_;
};

}  // namespace crossfold::train
