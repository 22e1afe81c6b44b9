#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace crossfold::fleet {

/// Wakes one sleeping thread. A ring is kept until it is heard.
class Doorbell {
 public:
  void ring() {
    {
      const std::lock_guard lock(mutex_);
      rung_ = true;
    }
    heard_.notify_one();
  }
  /// Sleeps until a ring, at most `longest`. True when it rang.
  bool wait_for(std::chrono::microseconds longest) {
    std::unique_lock lock(mutex_);
    const bool rung = heard_.wait_for(lock, longest, [&] { return rung_; });
    rung_ = false;
    return rung;
  }

 private:
  std::mutex mutex_;
  std::condition_variable heard_;
  bool rung_ = false;
};

}  // namespace crossfold::fleet
