#include "loss_weights.h"

#include <cstddef>

namespace crossfold::train {

LossWeights::LossWeights(const FitTask& task, std::span<const std::uint32_t> rows) {
  for (const Label label : task.experiment->weights)
    (label == Label::class_label ? classes_ : domains_) = &task.samples->column(label);
  if (classes_ == nullptr && domains_ == nullptr) return;
  std::map<Cell, std::size_t> counts;
  for (const std::uint32_t row : rows) ++counts[cell_of(row)];
  const auto all = static_cast<double>(rows.size());
  const auto cells = static_cast<double>(counts.size());
  for (const auto& [cell, count] : counts)
    weights_[cell] = static_cast<float>(all / (cells * static_cast<double>(count)));
}

std::vector<float> LossWeights::of(std::span<const std::uint32_t> rows) const {
  std::vector<float> weights;
  if (classes_ == nullptr && domains_ == nullptr) return weights;
  weights.reserve(rows.size());
  for (const std::uint32_t row : rows) {
    const auto counted = weights_.find(cell_of(row));
    weights.push_back(counted == weights_.end() ? 1.0F : counted->second);
  }
  return weights;
}

LossWeights::Cell LossWeights::cell_of(std::uint32_t row) const {
  return {classes_ == nullptr ? -1 : classes_->codes[row],
          domains_ == nullptr ? -1 : domains_->codes[row]};
}

}  // namespace crossfold::train
