#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "crossfold/core/error.h"
#include "crossfold/fleet/ports.h"
#include "crossfold/fleet/work.h"

namespace crossfold::fleet {

/// Sends a worker's outcomes once what belongs to them is safe on its disk, while the worker is at
/// the next item. Everything that comes in during one settling shares the next one.
class Outbox {
 public:
  /// Its thread may run where this one may now: it is to be made before the worker is pinned.
  /// `on_failure` is called on that thread, at most once, when outcomes cannot be sent any more;
  /// the port is woken then.
  Outbox(WorkerPort& port, std::function<void(const Error&)> on_failure);
  /// Sends what can be sent.
  ~Outbox();
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;

  /// `runner` must outlive the next drain() or the outbox.
  void post(Runner& runner, ItemId item, Outcome outcome);
  /// Waits until all is sent, or cannot be.
  void drain();
  [[nodiscard]] bool has_failed() const;

 private:
  struct Letter {
    Runner* runner;
    ItemId item;
    Outcome outcome;
  };

  void deliver();
  /// False after a failure, which is told.
  bool send(std::vector<Letter>& letters);

  WorkerPort* port_;
  std::function<void(const Error&)> on_failure_;
  mutable std::mutex mutex_;  // guards all below but the thread
  std::condition_variable changed_;
  std::vector<Letter> waiting_;
  bool busy_ = false;
  bool closing_ = false;
  bool has_failed_ = false;
  std::jthread thread_;  // last: starts when all else is there
};

}  // namespace crossfold::fleet
