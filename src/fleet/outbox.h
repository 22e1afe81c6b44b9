#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
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
  explicit Outbox(WorkerPort& port);
  /// Sends what can be sent.
  ~Outbox();
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;

  /// `runner` must outlive the next drain() or the outbox.
  void post(Runner& runner, ItemId item, Outcome outcome);
  /// Waits until all is sent, or cannot be.
  void drain();
  /// Why outcomes cannot be sent; the port is woken when this comes to be.
  [[nodiscard]] std::optional<Error> failure() const;

 private:
  struct Letter {
    Runner* runner;
    ItemId item;
    Outcome outcome;
  };

  void deliver();

  WorkerPort* port_;
  mutable std::mutex mutex_;  // guards all below but the thread
  std::condition_variable changed_;
  std::vector<Letter> waiting_;
  bool busy_ = false;
  bool closing_ = false;
  std::optional<Error> failure_;
  std::jthread thread_;  // last: starts when all else is there
};

}  // namespace crossfold::fleet
