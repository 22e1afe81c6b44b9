#pragma once

#include <atomic>
#include <exception>
#include <functional>
#include <thread>

#include "crossfold/fleet/hello.h"
#include "crossfold/fleet/ports.h"
#include "crossfold/fleet/work.h"

namespace crossfold::fleet {

/// A worker's life: make the runner, say hello, work until dismissed. Exceptions of the runner
/// become failures; one of the factory is told to the coordinator, which goes on without this
/// worker. Error{bad_input} when the coordinator refuses it.
void serve(WorkerPort& port, Rank worker, const Hello& hello, const RunnerFactory& make_runner);

/// Runs `serve` in a thread of its own.
class WorkerThread {
 public:
  /// `on_end` is called in that thread when it is about to end. The rest must outlive this object.
  WorkerThread(WorkerPort& port, Rank worker, const Hello& hello, const RunnerFactory& make_runner,
               std::function<void()> on_end = {});
  /// Waits for the end; see LocalHub::close.
  ~WorkerThread();
  WorkerThread(const WorkerThread&) = delete;
  WorkerThread& operator=(const WorkerThread&) = delete;

  [[nodiscard]] bool ended() const { return ended_; }
  /// Waits for the end and throws what ended it early.
  void join();

 private:
  std::exception_ptr failure_;
  std::atomic<bool> ended_ = false;
  std::thread thread_;  // last: starts when all else is there
};

}  // namespace crossfold::fleet
