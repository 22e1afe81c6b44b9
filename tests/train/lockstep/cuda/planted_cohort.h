#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "crossfold/solve/one_thread.h"
#include "crossfold/train/compute_device.h"

#include "device_kernels.h"
#include "gpu_cohort.h"
#include "lockstep_cohort.h"
#include "planted_study.h"
#include "train/lockstep/outcomes.h"

namespace crossfold::test {

/// Candidates on some splits of a planted shortcut.
class PlantedCohort : public ::testing::Test {
 protected:
  static constexpr std::size_t kMemory = std::size_t{1} << 30;

  PlantedCohort() {
    solve::use_one_thread();
    for (std::uint32_t fold = 0; fold < 3; ++fold) {
      keys_.push_back({.root_seed = 1, .seed = SeedIndex(0), .fold = FoldIndex(fold)});
      splits_.push_back(make_split(study_.samples, Label::class_label, SplitSettings{},
                                   keys_.back(), Validation::set_aside));
    }
  }

  Candidate& add(CandidateKind kind, double lambda = 1) {
    Candidate candidate = candidate_of(kind, lambda);
    training_of(candidate).epochs = 4;
    training_of(candidate).batch = 64;
    candidates_.push_back(candidate);
    return candidates_.back();
  }
  /// 34 candidates, so 102 fits, of every kind of network; they end after 1 to `most_epochs`
  /// epochs.
  void add_many(int most_epochs) {
    for (int i = 0; i < 17; ++i) {
      training_of(add(CandidateKind::baseline)).epochs = 1 + i % most_epochs;
      Candidate& remedy = add(CandidateKind::disentangled, 1 + i);
      training_of(remedy).epochs = 1 + i % most_epochs;
      training_of(remedy).learning_rate = 1e-3 * (1 + i % 3);
      if (i % 4 == 0) training_of(remedy).model = ScoredModel::best;
      if (i % 5 == 0) std::get<DisentangledModel>(remedy.model).domain_head = DomainHead::still;
    }
  }
  /// Every candidate on every split, splits in turn.
  [[nodiscard]] std::vector<FitTask> tasks() const {
    std::vector<FitTask> all;
    for (const Candidate& candidate : candidates_) {
      for (std::size_t split = 0; split < splits_.size(); ++split) {
        all.push_back(study_.task(candidate));
        all.back().split = &splits_[split];
        all.back().key = keys_[split];
      }
    }
    return all;
  }

  [[nodiscard]] static std::vector<FitOutcome> on_twins(const std::vector<FitTask>& tasks) {
    const auto device = train::cuda::make_twin_device(kMemory);
    return train(tasks, [&](train::CohortData data) {
      return train::cuda::make_device_kernels(std::move(data), *device);
    });
  }
  [[nodiscard]] static std::vector<FitOutcome> on_cpu(const std::vector<FitTask>& tasks) {
    return train(tasks, [](train::CohortData data) {
      return train::make_cpu_kernels(std::move(data), best_instruction_set());
    });
  }
  [[nodiscard]] static std::vector<FitOutcome> train(const std::vector<FitTask>& tasks,
                                                     const train::MakeKernels& make) {
    std::vector<FitOutcome> outcomes(tasks.size());
    train::train_in_lockstep(fits_of(tasks, outcomes), make, best_instruction_set());
    return outcomes;
  }
  /// As a GPU's engine trains them, in parts that its memory holds.
  [[nodiscard]] static std::vector<FitOutcome> train_on(train::cuda::Device& device,
                                                        const std::vector<FitTask>& tasks) {
    train::ScoringThread scoring;
    return train_on(device, tasks, scoring);
  }
  [[nodiscard]] static std::vector<FitOutcome> train_on(train::cuda::Device& device,
                                                        const std::vector<FitTask>& tasks,
                                                        train::ScoringThread& scoring) {
    std::vector<FitOutcome> outcomes(tasks.size());
    train::cuda::train_on_device(fits_of(tasks, outcomes), device, best_instruction_set(), scoring);
    return outcomes;
  }
  [[nodiscard]] static std::vector<train::LockstepFit> fits_of(const std::vector<FitTask>& tasks,
                                                               std::vector<FitOutcome>& outcomes) {
    std::vector<train::LockstepFit> fits;
    for (std::size_t i = 0; i < tasks.size(); ++i)
      fits.push_back({.task = &tasks[i], .outcome = &outcomes[i]});
    return fits;
  }

  /// Trains some of the tasks again, as a cohort of their own: same bits as in `together`.
  template <class Train>
  static void expect_same_bits(const std::vector<FitTask>& all,
                               const std::vector<FitOutcome>& together, std::size_t first,
                               std::size_t count, const Train& train_some) {
    const auto from = all.begin() + static_cast<std::ptrdiff_t>(first);
    const std::vector<FitOutcome> some =
        train_some(std::vector<FitTask>(from, from + static_cast<std::ptrdiff_t>(count)));
    for (std::size_t i = 0; i < count; ++i) {
      SCOPED_TRACE(first + i);
      ASSERT_EQ(message_of(some[i].failure), "");
      expect_same(some[i].result, together[first + i].result);
    }
  }

  PlantedStudy study_{0.05};
  std::vector<StreamKey> keys_;
  std::vector<Split> splits_;
  std::vector<Candidate> candidates_;
};

}  // namespace crossfold::test
