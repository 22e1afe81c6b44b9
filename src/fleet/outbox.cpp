#include "outbox.h"

#include <utility>

#include "crossfold/core/as_error.h"
#include "crossfold/fleet/messages.h"

namespace crossfold::fleet {

Outbox::Outbox(WorkerPort& port, std::function<void(const Error&)> on_failure)
    : port_(&port), on_failure_(std::move(on_failure)), thread_([this] { deliver(); }) {}

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
  changed_.wait(lock, [&] { return has_failed_ || (waiting_.empty() && !busy_); });
}

bool Outbox::has_failed() const {
  const std::lock_guard lock(mutex_);
  return has_failed_;
}

void Outbox::deliver() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return closing_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    std::vector<Letter> letters = std::exchange(waiting_, {});
    busy_ = true;
    lock.unlock();
    const bool sent = send(letters);
    lock.lock();
    busy_ = false;
    has_failed_ = !sent;
    changed_.notify_all();
    if (sent) continue;
    port_->wake();
    return;
  }
}

bool Outbox::send(std::vector<Letter>& letters) {
  try {
    letters.back().runner->settle();
    for (Letter& letter : letters)
      port_->send(encode(ResultMessage{letter.item, std::move(letter.outcome)}));
    return true;
  } catch (const std::exception& error) {
    on_failure_(as_error(error));
  } catch (...) {
    on_failure_(Error(ErrorCode::internal, "an exception of unknown type"));
  }
  return false;
}

}  // namespace crossfold::fleet
