#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "crossfold/fleet/work.h"
#include "crossfold/results/fit_record.h"
#include "crossfold/study/study.h"
#include "crossfold/study/worker_setup.h"
#include "crossfold/train/engine.h"

namespace crossfold {

/// A work item's bytes: which fits of the plan.
[[nodiscard]] std::string encode_fits(std::span<const std::uint32_t> fits);
[[nodiscard]] std::vector<std::uint32_t> decode_fits(std::string_view bytes);

/// The plan's cohorts without the fits that are done.
[[nodiscard]] std::vector<fleet::WorkItem> remaining_work(const Plan& plan,
                                                          const std::unordered_set<FitId>& done);

/// The matrices of Plan::embeddings, each [N, dim]; empty where no remaining fit needs it.
using EmbeddingViews = std::vector<std::span<const float>>;

/// Trains the fits of an item, a cohort of one split, together. What a fit throws is a failure of
/// that fit alone.
class FitRunner final : public fleet::Runner {
 public:
  FitRunner(const Study& study, const EmbeddingViews& embeddings, std::unique_ptr<Engine> engine,
            Origin origin);

  [[nodiscard]] fleet::Outcome run(const fleet::WorkItem& item,
                                   const std::atomic<bool>& cancel) override;

 private:
  [[nodiscard]] std::vector<FitOutcome> train(std::span<const std::uint32_t> fits,
                                              const std::atomic<bool>& cancel);
  [[nodiscard]] FitTask task_of(const Fit& fit);
  const Split& split_for(const Fit& fit);

  const Study* study_;
  const EmbeddingViews* embeddings_;
  std::unique_ptr<Engine> engine_;
  Origin origin_;
  const Fit* split_fit_ = nullptr;  ///< the fit whose split is kept
  Split split_;
};

/// Makes the runner of worker number `local` of this node, in the thread that will train: pins it
/// and opens its device.
[[nodiscard]] std::unique_ptr<fleet::Runner> make_fit_runner(const Study& study,
                                                             const EmbeddingViews& embeddings,
                                                             const WorkerSetup& setup,
                                                             std::uint32_t local);

}  // namespace crossfold
