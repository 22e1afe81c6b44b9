#include "crossfold/fleet/local_hub.h"

#include <condition_variable>
#include <utility>

#include "crossfold/fleet/messages.h"

namespace crossfold::fleet {

class LocalHub::Port final : public WorkerPort {
 public:
  Port(LocalHub& hub, Rank worker) : hub_(&hub), worker_(worker) {}

  void send(std::string bytes) override {
    {
      const std::lock_guard lock(hub_->mutex_);
      hub_->arrived_.push_back({worker_, std::move(bytes)});
    }
    hub_->bell_.ring();
  }

  std::optional<std::string> poll() override {
    const std::lock_guard lock(mutex_);
    if (arrived_.empty()) return std::nullopt;
    std::string bytes = std::move(arrived_.front());
    arrived_.pop_front();
    return bytes;
  }

  void wait() override {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return closed_ || woken_ || !arrived_.empty(); });
    woken_ = false;
  }

  void wake() override {
    {
      const std::lock_guard lock(mutex_);
      woken_ = true;
    }
    changed_.notify_one();
  }

  bool closed() const override {
    const std::lock_guard lock(mutex_);
    return closed_;
  }

  const std::atomic<bool>& cancelled() const override { return cancelled_; }

  void deliver(std::string bytes) {
    if (kind_of(bytes) == MessageKind::cancel) cancelled_ = true;
    {
      const std::lock_guard lock(mutex_);
      arrived_.push_back(std::move(bytes));
    }
    changed_.notify_one();
  }

  void close() {
    cancelled_ = true;
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    changed_.notify_one();
  }

 private:
  LocalHub* hub_;
  Rank worker_;
  std::atomic<bool> cancelled_ = false;
  mutable std::mutex mutex_;  // guards all below
  std::condition_variable changed_;
  std::deque<std::string> arrived_;
  bool closed_ = false;
  bool woken_ = false;
};

LocalHub::LocalHub(Rank first, std::uint32_t workers) : first_(first) {
  for (std::uint32_t i = 0; i < workers; ++i)
    ports_.push_back(std::make_unique<Port>(*this, Rank{first.value + i}));
}

LocalHub::~LocalHub() = default;

WorkerPort& LocalHub::worker_port(Rank worker) { return *ports_.at(worker.value - first_.value); }

void LocalHub::send(Rank worker, std::string bytes) {
  ports_.at(worker.value - first_.value)->deliver(std::move(bytes));
}

std::optional<FromWorker> LocalHub::poll() {
  const std::lock_guard lock(mutex_);
  if (arrived_.empty()) return std::nullopt;
  FromWorker message = std::move(arrived_.front());
  arrived_.pop_front();
  return message;
}

void LocalHub::close() {
  for (const auto& port : ports_) port->close();
}

}  // namespace crossfold::fleet
