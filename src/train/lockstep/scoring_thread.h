#pragma once

#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <thread>

namespace crossfold::train {

/// Scores fits, in the order in which they come, while the thread that made it asks a device to
/// train others.
class ScoringThread {
 public:
  ScoringThread();
  /// Does what is waiting.
  ~ScoringThread();
  ScoringThread(const ScoringThread&) = delete;
  ScoringThread& operator=(const ScoringThread&) = delete;

  /// `work` tells of its failures itself: nobody asks for its result.
  void post(std::packaged_task<void()> work);
  /// Waits until all that was posted is done.
  void drain();

 private:
  void work();

  std::mutex mutex_;  // guards all below but the thread
  std::condition_variable changed_;
  std::deque<std::packaged_task<void()>> waiting_;
  bool busy_ = false;
  bool closing_ = false;
  std::jthread thread_;  // last: starts when all else is there
};

}  // namespace crossfold::train
