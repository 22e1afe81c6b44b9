#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "crossfold/fleet/work.h"
#include "crossfold/plan/fit_spec.h"
#include "crossfold/study/study.h"
#include "crossfold/study/worker_setup.h"
#include "crossfold/train/engine.h"

namespace crossfold {

/// The matrices of PlanBasis::embeddings, each [N, dim]; empty where no remaining fit needs it.
using EmbeddingViews = std::vector<std::span<const float>>;

/// Trains the fits of an item together; they share an embedding set, and mostly a split. What a fit
/// throws is a failure of that fit alone.
class CohortTrainer {
 public:
  /// `study` and `embeddings` must outlive it.
  CohortTrainer(const SharedStudy& study, const EmbeddingViews& embeddings,
                std::unique_ptr<Engine> engine);

  /// Gives each result, with its id and artefacts, to `take`; a lack of memory in there counts as
  /// the fit's. The outcome has what failed and what was left, no results. Throws
  /// fleet::WorkerUnfit where the worker's GPU is lost.
  [[nodiscard]] fleet::Outcome run(const fleet::WorkItem& item, const std::atomic<bool>& cancel,
                                   const std::function<void(FitResult)>& take);

 private:
  [[nodiscard]] std::vector<FitOutcome> train(std::span<const FitSpec> fits,
                                              const std::atomic<bool>& cancel);
  [[nodiscard]] FitTask task_of(const FitSpec& fit);
  const Split& split_for(const SplitPlace& place);
  /// Forgets the splits that none of `fits` lies on.
  void keep_splits_of(std::span<const FitSpec> fits);

  const SharedStudy* study_;
  const EmbeddingViews* embeddings_;
  std::vector<Experiment> target_only_;  ///< those of the study, without oos, probe, candidates
  std::unique_ptr<Engine> engine_;
  std::map<SplitPlace, Split> splits_;  ///< of the last cohort
};

/// The trainer of worker number `local` of this node, made in the thread that will train: pins it
/// and opens its device.
[[nodiscard]] CohortTrainer make_cohort_trainer(const SharedStudy& study,
                                                const EmbeddingViews& embeddings,
                                                const WorkerSetup& setup, std::uint32_t local,
                                                const EngineFactory& engines = make_engine);

}  // namespace crossfold
