#include "shared_split.h"

#include <algorithm>
#include <utility>

#include "linear_fit.h"
#include "loss_weights.h"
#include "score_fit.h"

namespace crossfold::train {
namespace {

bool same_streams(const StreamKey& a, const StreamKey& b) {
  return a.root_seed == b.root_seed && a.seed == b.seed && a.fold == b.fold;
}

}  // namespace

const CodedColumn& target_of(const FitTask& task) {
  return task.samples->column(task.experiment->target);
}

SharedSplit::SharedSplit(const FitTask& task, InstructionSet set)
    : task_(&task),
      set_(set),
      scaling_(embedding_scaling(task)),
      classes_(labels_of(target_of(task), task.split->train)),
      validation_classes_(labels_of(target_of(task), task.split->validation)),
      class_weights_(LossWeights(task, task.split->train).of(task.split->train)),
      validation_weights_(LossWeights(task, task.split->train).of(task.split->validation)),
      order_(task.key, task.split->train.size(),
             static_cast<std::size_t>(training_of(*task.candidate).batch)) {}

bool SharedSplit::holds(const FitTask& task) const {
  return task.split == task_->split && task.experiment == task_->experiment &&
         task.samples == task_->samples && same_streams(task.key, task_->key);
}

std::size_t SharedSplit::need(std::string_view adversary) {
  const auto known = std::find(names_.begin(), names_.end(), adversary);
  if (known != names_.end()) return static_cast<std::size_t>(known - names_.begin());
  adversaries_.emplace_back(
      labels_of(adversary_column(*task_->samples, adversary), task_->split->train), set_,
      adversary);
  names_.emplace_back(adversary);
  return names_.size() - 1;
}

CohortSplit SharedSplit::view() const {
  std::vector<HeadLabels> adversaries;
  for (const DomainSolver& adversary : adversaries_) adversaries.push_back(adversary.labels());
  return {.scaling = scaling_ ? &*scaling_ : nullptr,
          .train = task_->split->train,
          .classes = classes_,
          .adversaries = std::move(adversaries),
          .validation = task_->split->validation,
          .validation_classes = validation_classes_,
          .class_weights = class_weights_,
          .validation_weights = validation_weights_};
}

std::span<const std::uint32_t> SharedSplit::probe_rows() {
  if (probe_rows_.empty()) probe_rows_ = all_other_folds(*task_->split);
  return probe_rows_;
}

std::span<const std::int32_t> SharedSplit::probe_labels() {
  if (probe_labels_.empty())
    probe_labels_ = labels_of(task_->samples->column(*task_->experiment->probe), probe_rows());
  return probe_labels_;
}

}  // namespace crossfold::train
