#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace crossfold::mpi {

/// MPI's own start and end wait for every rank, for ever if one is dead. While such a call runs,
/// this watches the time: after `limit`, or once `is_hopeless`, it logs `reason` and ends the
/// process with `code`, without further ado. Nothing may be unsaved then.
class ExitTimer {
 public:
  ExitTimer(
      std::chrono::duration<double> limit, int code, std::string reason,
      std::function<bool()> is_hopeless = [] { return false; });
  /// In time: nothing happens.
  ~ExitTimer();
  ExitTimer(const ExitTimer&) = delete;
  ExitTimer& operator=(const ExitTimer&) = delete;

 private:
  std::mutex mutex_;  // guards called_off_
  std::condition_variable changed_;
  bool called_off_ = false;
  std::jthread thread_;  // last: starts when all else is there
};

/// Ends the process here and now: output is flushed, nothing else is destroyed.
[[noreturn]] void exit_process(int code);

}  // namespace crossfold::mpi
