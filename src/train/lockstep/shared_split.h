#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "crossfold/train/engine.h"

#include "batch_order.h"
#include "cohort_kernels.h"
#include "domain_solver.h"

namespace crossfold::train {

/// The column that the task's heads learn.
[[nodiscard]] const CodedColumn& target_of(const FitTask& task);

/// What the fits of a cohort that lie on one split share of it: samples, labels, batches.
class SharedSplit {
 public:
  /// The split of `task`, and of others for which holds() is true.
  SharedSplit(const FitTask& task, InstructionSet set);

  /// Whether `task` sees the same samples, labels and batches.
  [[nodiscard]] bool holds(const FitTask& task) const;
  /// The place of an adversary among those of view(), which it is added to where a fit needs it
  /// first. Error{bad_input} where it has too few levels.
  std::size_t need(std::string_view adversary);
  /// Columns of the domain head of an adversary.
  [[nodiscard]] std::size_t columns(std::size_t adversary) const {
    return adversaries_[adversary].domains();
  }

  /// As the kernels see it; valid as long as this.
  [[nodiscard]] CohortSplit view() const;

  [[nodiscard]] std::size_t batch_size() const { return order_.batch_size(); }
  void next_epoch() { order_.next_epoch(); }
  [[nodiscard]] Batches batches() const {
    return {.places = order_.all_batches(), .size = order_.batch_size()};
  }

  /// Rows and labels that a probe on z' is fitted on.
  [[nodiscard]] std::span<const std::uint32_t> probe_rows();
  [[nodiscard]] std::span<const std::int32_t> probe_labels();

 private:
  const FitTask* task_;
  InstructionSet set_;
  std::optional<ColumnScaling> scaling_;
  std::vector<std::int32_t> classes_, validation_classes_;
  std::vector<float> class_weights_, validation_weights_;  ///< empty: all alike
  BatchOrder order_;
  std::vector<std::string> names_;  ///< of the adversaries
  std::vector<DomainSolver> adversaries_;
  std::vector<std::uint32_t> probe_rows_;
  std::vector<std::int32_t> probe_labels_;
};

}  // namespace crossfold::train
