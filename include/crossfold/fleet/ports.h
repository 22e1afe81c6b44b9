#pragma once

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "crossfold/core/ids.h"

namespace crossfold::fleet {

/// A message from a worker.
struct FromWorker {
  Rank worker;
  std::string bytes;
};

/// The coordinator's end of a star: messages to and from every worker, in order for each. Used by
/// one thread.
class CoordinatorPort {
 public:
  virtual ~CoordinatorPort() = default;
  /// Never waits for the worker.
  virtual void send(Rank worker, std::string bytes) = 0;
  /// The next message, if one is there.
  [[nodiscard]] virtual std::optional<FromWorker> poll() = 0;
  /// Sleeps until a message may be there, at most `longest`.
  virtual void wait(std::chrono::microseconds longest) = 0;
  /// Workers without a message or heartbeat for at least so long.
  [[nodiscard]] virtual std::vector<Rank> silent_for(double seconds) = 0;
};

/// A worker's end. Used by one thread, but for send() and wake().
class WorkerPort {
 public:
  virtual ~WorkerPort() = default;
  virtual void send(std::string bytes) = 0;
  /// The next message, if one is there.
  [[nodiscard]] virtual std::optional<std::string> poll() = 0;
  /// Sleeps until a message is there, the port is closed or another thread calls wake().
  virtual void wait() = 0;
  virtual void wake() = 0;
  /// True when the coordinator is gone: stop at once.
  [[nodiscard]] virtual bool closed() const = 0;
  /// True from the moment a CancelMessage has come in, read or not, or the port was closed.
  [[nodiscard]] virtual const std::atomic<bool>& cancelled() const = 0;
};

}  // namespace crossfold::fleet
