#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <span>
#include <unordered_map>
#include <vector>

#include "crossfold/fleet/sink.h"
#include "crossfold/plan/plan.h"
#include "crossfold/results/run_directory.h"

namespace crossfold {

/// How far a run has come; written by the journal's thread, read by the progress display.
struct RunTally {
  std::atomic<std::size_t> trained = 0;  ///< fits safe on disk, by this run
  std::atomic<std::size_t> failed = 0;   ///< fits given up, by this run
  std::atomic<double> cost = 0;          ///< of both together, as Fit::cost
};

/// Writes what the fleet records into the run directory.
class RecordKeeper final : public fleet::RecordWriter {
 public:
  RecordKeeper(RunDirectory& directory, const Plan& plan, RunTally& tally);

  /// Is given results once they are safe on disk.
  std::function<void(std::vector<FitResult>)> on_safe = [](const std::vector<FitResult>&) {};

  void append(const fleet::Record& record) override;
  void flush() override;
  /// These fits of the plan may be recorded, too, since candidates were added. May be called by
  /// another thread than the rest.
  void plan_fits(const Plan& plan, std::span<const std::uint32_t> fits);
  /// The stage's line is written before the next record, or by flush(). May be called by another
  /// thread than the rest, and does not wait for the disk.
  void append_stage(const StageRecord& stage);

 private:
  void keep(const FitRecord& record, double cost);
  [[nodiscard]] double cost_of(const FitId& fit);
  void write_stages();

  RunDirectory* directory_;
  std::mutex mutex_;
  std::vector<StageRecord> stages_;          ///< not written yet; under mutex_
  std::unordered_map<FitId, double> costs_;  ///< of the planned fits; under mutex_
  RunTally* tally_;
  std::size_t trained_ = 0;  ///< since the last flush
  std::size_t failed_ = 0;
  double cost_ = 0;
  std::vector<FitResult> appended_;
};

}  // namespace crossfold
