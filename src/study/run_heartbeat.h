#pragma once

#include <chrono>
#include <filesystem>

#include "crossfold/fleet/coordinator.h"

#include "record_keeper.h"

namespace crossfold {

/// Leaves a sign of life in the run directory every few seconds, for `crossfold status`; takes it
/// away when the run ends. A sign that cannot be written is no failure of the run.
class RunHeartbeat {
 public:
  explicit RunHeartbeat(std::filesystem::path directory);
  ~RunHeartbeat();
  RunHeartbeat(const RunHeartbeat&) = delete;
  RunHeartbeat& operator=(const RunHeartbeat&) = delete;

  /// Cheap; writes only when enough time has passed. `share` of the work by cost is done.
  void update(const fleet::Coordinator& coordinator, const RunTally& tally, double share);

 private:
  using Clock = std::chrono::steady_clock;

  std::filesystem::path directory_;
  Clock::time_point start_ = Clock::now();
  Clock::time_point next_ = start_;
};

}  // namespace crossfold
