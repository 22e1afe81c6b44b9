#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "crossfold/fleet/sink.h"
#include "crossfold/plan/plan.h"
#include "crossfold/results/run_directory.h"

#include "work_kind.h"

namespace crossfold {

/// How far a run has come; written by the journal's thread, read by the progress display.
struct RunCounters {
  std::atomic<std::size_t> trained = 0;  ///< fits safe on disk, by this run
  std::atomic<std::size_t> failed = 0;   ///< fits given up, by this run
  /// How long cohorts of some cost took.
  struct Pace {
    std::atomic<double> cost = 0;
    std::atomic<double> seconds = 0;
    std::atomic<double> cohorts = 0;
    std::atomic<double> logs = 0;  ///< this and the next two as in MeasuredWork
    std::atomic<double> log_squares = 0;
    std::atomic<double> log_cubes = 0;
    [[nodiscard]] MeasuredWork measured() const {
      return {cost, seconds, cohorts, logs, log_squares, log_cubes};
    }
  };
  /// Of one kind of work.
  struct Work {
    std::atomic<double> done = 0;  ///< cost of these fits, as Fit::cost
    Pace later;                    ///< but for the first cohort of each worker:
    Pace first;                    ///< it warms up, and is slower
  };
  std::array<Work, kWorkKinds> work;
};

/// Writes what the fleet records into the run directory.
class RunRecorder final : public fleet::RecordWriter {
 public:
  RunRecorder(RunDirectory& directory, const Job& job, const Plan& plan, RunCounters& counters);

  /// Is given results once they are safe on disk.
  std::function<void(std::vector<FitResult>)> on_safe = [](const std::vector<FitResult>&) {};

  void append(const fleet::Record& record) override;
  void flush() override;
  /// The fits of the plan that this stage asks for may be recorded, too, since candidates were
  /// added. May be called by another thread than the rest.
  void plan_fits(const Job& job, const Plan& plan, const Stage& stage);
  /// The line of the stage, or of the worker that was lost, is written before the next record, or
  /// by flush(). May be called by another thread than the rest, and does not wait for the disk.
  void append_stage(const StageRecord& stage);
  /// How many fits failed so far, by the reason.
  [[nodiscard]] const std::map<std::string, std::size_t>& failures() const { return failures_; }
  void append_lost(LostWorker lost);

 private:
  struct Planned {
    double cost = 0;
    WorkKind kind = WorkKind::network;
    std::uint32_t experiment = 0;
    std::optional<std::uint32_t> stage;  ///< that has asked for it
  };
  /// Of one kind, since the last flush.
  struct Work {
    double done = 0;
    MeasuredWork later;
    MeasuredWork first;
  };

  void keep(const FitRecord& record, const Planned& planned);
  void keep(const CohortResults& cohort, Rank worker);
  [[nodiscard]] Planned planned(const FitId& fit);
  void write_waiting();

  RunDirectory* directory_;
  std::vector<std::string> experiments_;  ///< names
  std::mutex mutex_;
  std::vector<StageRecord> stages_;             ///< not written yet; under mutex_
  std::vector<LostWorker> lost_;                ///< likewise
  std::unordered_map<FitId, Planned> planned_;  ///< under mutex_
  RunCounters* counters_;
  std::size_t trained_ = 0;  ///< since the last flush
  std::size_t failed_ = 0;
  std::array<Work, kWorkKinds> work_;
  std::unordered_set<Rank> warm_;  ///< workers that have done a cohort
  std::vector<FitResult> appended_;
  std::map<std::string, std::size_t> failures_;
};

}  // namespace crossfold
