#pragma once

#include <atomic>
#include <cstddef>
#include <unordered_map>

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

  void append(const fleet::Record& record) override;
  void flush() override;

 private:
  void keep(const FitRecord& record, double cost);

  RunDirectory* directory_;
  RunTally* tally_;
  std::unordered_map<FitId, double> costs_;  ///< of the planned fits
  std::size_t trained_ = 0;                  ///< since the last flush
  std::size_t failed_ = 0;
  double cost_ = 0;
};

}  // namespace crossfold
