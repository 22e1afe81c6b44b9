#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <map>

#include "crossfold/fleet/coordinator.h"
#include "crossfold/study/run_control.h"

namespace crossfold {

/// Leaves a heartbeat in the run directory every few seconds, for `crossfold status`; takes it
/// away when the run ends. A sign that cannot be written is no failure of the run.
class RunHeartbeat {
 public:
  explicit RunHeartbeat(std::filesystem::path directory);
  ~RunHeartbeat();
  RunHeartbeat(const RunHeartbeat&) = delete;
  RunHeartbeat& operator=(const RunHeartbeat&) = delete;

  /// Cheap; writes only when enough time has passed, or when twice as many workers have joined.
  void update(const fleet::Coordinator& coordinator, const ProgressState& state);

 private:
  using Clock = std::chrono::steady_clock;
  /// How long each worker had been at work by then.
  struct Sample {
    Clock::time_point time;
    std::map<std::uint32_t, double> busy_s;
  };

  /// Share of the time since the oldest sample that this worker was at work.
  [[nodiscard]] double busy_share(const fleet::WorkerReport& worker, Clock::time_point now) const;

  std::filesystem::path directory_;
  Clock::time_point start_ = Clock::now();
  Clock::time_point next_ = start_;
  std::uint32_t shown_ = 0;     ///< workers in the last one
  std::deque<Sample> samples_;  ///< of the last minute
};

}  // namespace crossfold
