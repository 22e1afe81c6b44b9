#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "crossfold/fleet/doorbell.h"
#include "crossfold/fleet/ports.h"

namespace crossfold::fleet {

/// A star within one process: its workers are threads.
class LocalHub final : public CoordinatorPort {
 public:
  /// Workers get the ranks `first` and up.
  LocalHub(Rank first, std::uint32_t workers);
  ~LocalHub() override;

  /// Lives as long as the hub.
  [[nodiscard]] WorkerPort& worker_port(Rank worker);

  void send(Rank worker, std::string bytes) override;
  [[nodiscard]] std::optional<FromWorker> poll() override;
  void wait(std::chrono::microseconds longest) override { (void)bell_.wait_for(longest); }
  /// None: a thread cannot die alone.
  [[nodiscard]] std::vector<Rank> silent_for(double /*seconds*/) override { return {}; }

  /// Rings when a worker has sent something.
  [[nodiscard]] Doorbell& bell() { return bell_; }
  /// Closes every worker's port.
  void close();

 private:
  class Port;

  Rank first_;
  std::vector<std::unique_ptr<Port>> ports_;
  std::mutex mutex_;  // guards arrived_
  std::deque<FromWorker> arrived_;
  Doorbell bell_;
};

}  // namespace crossfold::fleet
