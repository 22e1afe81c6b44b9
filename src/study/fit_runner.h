#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "crossfold/fleet/work.h"
#include "crossfold/plan/fit_spec.h"
#include "crossfold/results/fit_record.h"
#include "crossfold/results/segment_writer.h"
#include "crossfold/study/study.h"
#include "crossfold/study/worker_setup.h"
#include "crossfold/train/engine.h"

namespace crossfold {

/// The matrices of PlanBasis::embeddings, each [N, dim]; empty where no remaining fit needs it.
using EmbeddingViews = std::vector<std::span<const float>>;

/// Trains the fits of an item, a cohort of one split, together. What a fit throws is a failure of
/// that fit alone; where its artefacts cannot be written, the worker is unfit.
class FitRunner final : public fleet::Runner {
 public:
  /// `segment`: null where nothing is kept.
  FitRunner(const SharedStudy& study, const EmbeddingViews& embeddings,
            std::unique_ptr<Engine> engine, std::unique_ptr<SegmentWriter> segment, Origin origin);

  [[nodiscard]] fleet::Outcome run(const fleet::WorkItem& item,
                                   const std::atomic<bool>& cancel) override;
  void settle() override;

 private:
  [[nodiscard]] std::vector<FitOutcome> train(std::span<const FitSpec> fits,
                                              const std::atomic<bool>& cancel);
  [[nodiscard]] FitTask task_of(const FitSpec& fit);
  const Split& split_for(const SplitPlace& place);
  [[nodiscard]] FitRecord record_of(FitResult result);

  const SharedStudy* study_;
  const EmbeddingViews* embeddings_;
  std::vector<Experiment> target_only_;  ///< those of the study, without oos, probe, candidates
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<SegmentWriter> segment_;
  Origin origin_;
  std::optional<SplitPlace> split_place_;  ///< of the split that is kept
  Split split_;
};

/// Makes the runner of `worker`, number `local` of this node, in the thread that will train: pins
/// it and opens its device.
[[nodiscard]] std::unique_ptr<fleet::Runner> make_fit_runner(const SharedStudy& study,
                                                             const EmbeddingViews& embeddings,
                                                             const WorkerSetup& setup,
                                                             const SegmentFolder& segments,
                                                             Rank worker, std::uint32_t local);

}  // namespace crossfold
