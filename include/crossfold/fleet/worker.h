#pragma once

#include <atomic>
#include <chrono>
#include <exception>
#include <thread>

#include "crossfold/fleet/hello.h"
#include "crossfold/fleet/local_hub.h"
#include "crossfold/fleet/ports.h"
#include "crossfold/fleet/work.h"

namespace crossfold::fleet {

/// A worker's life: make the runner, say hello, work until dismissed. Exceptions of the runner
/// become failures; one of the factory is told to the coordinator, which goes on without this
/// worker. Error{bad_input} when the coordinator refuses it; any other exception comes out.
void serve(WorkerPort& port, Rank worker, const Hello& hello, const RunnerFactory& make_runner);

/// How long a worker's thread may still take once the fleet's work is over: who left in order has
/// only to take its runner down, who was lost may hang for ever.
[[nodiscard]] constexpr std::chrono::milliseconds time_to_end(bool lost) {
  return std::chrono::milliseconds(lost ? 300 : 30'000);
}

/// Runs `serve` in a thread of its own, at a worker's port of a hub. What it throws is told to the
/// coordinator as well, which goes on without this worker.
class WorkerThread {
 public:
  /// All that is passed must outlive this object.
  WorkerThread(LocalHub& hub, Rank worker, const Hello& hello, const RunnerFactory& make_runner);
  /// Closes the hub, cancels the item at hand and waits until the runner has left it.
  ~WorkerThread();
  WorkerThread(const WorkerThread&) = delete;
  WorkerThread& operator=(const WorkerThread&) = delete;

  /// True when it has sent its last message; the hub's bell rings then.
  [[nodiscard]] bool ended() const { return ended_; }
  /// Waits for that, at most `longest`; whether it came.
  [[nodiscard]] bool ends_within(std::chrono::milliseconds longest) const;
  /// Waits for the end and throws what ended it early.
  void join();

 private:
  LocalHub* hub_;
  std::exception_ptr failure_;
  std::atomic<bool> ended_ = false;
  std::jthread thread_;  // last: starts when all else is there
};

}  // namespace crossfold::fleet
