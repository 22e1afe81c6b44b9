#pragma once

#include <atomic>
#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "crossfold/core/ids.h"
#include "crossfold/fleet/sink.h"
#include "crossfold/fleet/work.h"
#include "crossfold/study/replay.h"

#include "cohort_trainer.h"

namespace crossfold {

/// Trains the fits of an item and sends all of them home, artefacts too: nothing is written.
class ReplayRunner final : public fleet::Runner {
 public:
  ReplayRunner(CohortTrainer trainer, Origin origin);
  [[nodiscard]] fleet::Outcome run(const fleet::WorkItem& item,
                                   const std::atomic<bool>& cancel) override;

 private:
  CohortTrainer trainer_;
  Origin origin_;
};

/// Keeps in memory what comes home.
class ReplaySink final : public fleet::Sink {
 public:
  void submit(fleet::Record record) override;
  [[nodiscard]] std::uint64_t durable() override { return submitted_; }

  [[nodiscard]] std::size_t done() const { return fits_.size(); }
  [[nodiscard]] std::size_t failed() const { return failed_; }
  /// Those of `wanted` that came, in that order. Once.
  [[nodiscard]] std::vector<ReplayedFit> take(const std::vector<FitId>& wanted);

 private:
  std::unordered_map<FitId, ReplayedFit> fits_;
  std::uint64_t submitted_ = 0;
  std::size_t failed_ = 0;
};

}  // namespace crossfold
