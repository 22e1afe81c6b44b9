#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

#include "crossfold/fleet/coordinator.h"
#include "crossfold/results/heartbeat.h"
#include "crossfold/study/run_control.h"

namespace crossfold {

/// Leaves a heartbeat in the run directory every few seconds, for `crossfold status`; takes it
/// away when the run ends. A sign that cannot be written is no failure of the run, and a file
/// system that stands still keeps nobody but a thread of this class waiting: the ranks would take a
/// coordinator that waits for dead.
class RunHeartbeat {
 public:
  explicit RunHeartbeat(std::filesystem::path directory);
  /// Waits for the one that is being written.
  ~RunHeartbeat();
  RunHeartbeat(const RunHeartbeat&) = delete;
  RunHeartbeat& operator=(const RunHeartbeat&) = delete;

  /// Cheap; writes only when enough time has passed, or when twice as many workers have joined.
  void update(const fleet::Coordinator& coordinator, const ProgressState& state);
  /// Returns once nothing is left to be written.
  void wait();

 private:
  using Clock = std::chrono::steady_clock;
  /// How long each worker had been at work by then.
  struct Sample {
    Clock::time_point time;
    std::map<std::uint32_t, double> busy_s;
  };

  /// Share of the time since the oldest sample that this worker was at work.
  [[nodiscard]] double busy_share(const fleet::WorkerReport& worker, Clock::time_point now) const;
  void write_what_comes(const std::stop_token& stop);

  std::filesystem::path directory_;
  Clock::time_point start_ = Clock::now();
  Clock::time_point next_ = start_;
  std::uint32_t shown_ = 0;     ///< workers in the last one
  std::deque<Sample> samples_;  ///< of the last minute

  std::mutex mutex_;  // of all below
  std::condition_variable_any changed_;
  std::optional<Heartbeat> latest_;  ///< to be written: an older one is of no use
  bool writes_ = false;
  std::jthread writer_;  // last: it uses the others
};

}  // namespace crossfold
