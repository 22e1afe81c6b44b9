#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "crossfold/fleet/work.h"
#include "crossfold/results/cohort_record.h"
#include "crossfold/results/segment_writer.h"
#include "crossfold/study/worker_setup.h"

#include "cohort_trainer.h"

namespace crossfold {

/// Trains the fits of an item and writes down what they leave behind; where their artefacts cannot
/// be written, the worker is unfit.
class FitRunner final : public fleet::Runner {
 public:
  /// `segment`: null where nothing is kept.
  FitRunner(CohortTrainer trainer, std::unique_ptr<SegmentWriter> segment, Origin origin);

  [[nodiscard]] fleet::Outcome run(const fleet::WorkItem& item,
                                   const std::atomic<bool>& cancel) override;
  void settle() override;

 private:
  [[nodiscard]] FitRecord record_of(FitResult result);

  CohortTrainer trainer_;
  std::unique_ptr<SegmentWriter> segment_;
  Origin origin_;
  double write_s_ = 0;  ///< of the item at hand: encoding and appending
};

/// Makes the runner of `worker`, number `local` of this node, in the thread that will train: pins
/// it and opens its device.
[[nodiscard]] std::unique_ptr<fleet::Runner> make_fit_runner(const SharedStudy& study,
                                                             const EmbeddingViews& embeddings,
                                                             const WorkerSetup& setup,
                                                             const SegmentFolder& segments,
                                                             Rank worker, std::uint32_t local);

}  // namespace crossfold
