#include "outbox.h"

#include <utility>

#include "crossfold/core/as_error.h"
#include "crossfold/fleet/messages.h"

namespace crossfold::fleet {

Outbox::Outbox(WorkerPort& port) : port_(&port), thread_([this] { deliver(); }) {}

Outbox::~Outbox() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Outbox::post(Runner& runner, ItemId item, Outcome outcome) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back({&runner, item, std::move(outcome)});
  }
  changed_.notify_all();
}

void Outbox::drain() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return failure_ || (waiting_.empty() && !busy_); });
}

std::optional<Error> Outbox::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

void Outbox::deliver() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return closing_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    std::vector<Letter> letters = std::exchange(waiting_, {});
    busy_ = true;
    lock.unlock();
    std::optional<Error> failure;
    try {
      letters.back().runner->settle();
      for (Letter& letter : letters)
        port_->send(encode(ResultMessage{letter.item, std::move(letter.outcome)}));
    } catch (const std::exception& error) {
      failure = as_error(error);
    }
    lock.lock();
    busy_ = false;
    changed_.notify_all();
    if (!failure) continue;
    failure_ = std::move(failure);
    port_->wake();
    return;
  }
}

}  // namespace crossfold::fleet
