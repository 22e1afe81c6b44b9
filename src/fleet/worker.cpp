#include "crossfold/fleet/worker.h"

#include <deque>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/as_error.h"
#include "crossfold/core/error.h"
#include "crossfold/fleet/messages.h"

#include "outbox.h"

namespace crossfold::fleet {
namespace {

Outcome run_guarded(Runner& runner, const WorkItem& item, const std::atomic<bool>& cancel) {
  const auto failed = [&](std::string error) {
    return Outcome{.results = {}, .failures = {{item.bytes, item.cost, std::move(error)}}};
  };
  try {
    return runner.run(item, cancel);
  } catch (const WorkerUnfit&) {
    throw;
  } catch (const std::exception& error) {
    return failed(error.what());
  } catch (...) {
    return failed("an exception of unknown type");
  }
}

/// The worker's last words: why it cannot work.
void say_unfit(WorkerPort& port, const Error& why) {
  port.send(encode(GoodbyeMessage{why.what(), why.code()}));
}

/// Likewise of what nobody expected, or the coordinator would wait for the worker's items for ever.
/// After a goodbye it is not heard.
void say_failure(WorkerPort& port, const std::exception_ptr& failure) {
  try {
    try {
      std::rethrow_exception(failure);
    } catch (const std::exception& error) {
      say_unfit(port, as_error(error));
    } catch (...) {
      say_unfit(port, Error(ErrorCode::internal, "an exception of unknown type"));
    }
  } catch (...) {  // not even memory for the message: join() tells
  }
}

/// Takes what has come in; true when the worker is to leave.
bool take_messages(WorkerPort& port, Rank worker, const Hello& hello, std::deque<WorkItem>& items) {
  while (const auto bytes = port.poll()) {
    switch (kind_of(*bytes)) {
      case MessageKind::work:
        items.push_back(decode<WorkMessage>(*bytes).item);
        break;
      case MessageKind::cancel:  // the port has seen it
        break;
      case MessageKind::dismissal:
        return true;
      case MessageKind::refusal:
        port.send(encode(GoodbyeMessage{}));
        throw Error(ErrorCode::bad_input, decode<RefusalMessage>(*bytes).reason,
                    fmt::format("worker {} on {}", worker.value, hello.host));
      default:
        throw Error(ErrorCode::internal,
                    fmt::format("a worker got a message of kind {}", bytes->front() + 0));
    }
  }
  return false;
}

}  // namespace

void serve(WorkerPort& port, Rank worker, const Hello& hello, const RunnerFactory& make_runner) {
  std::unique_ptr<Runner> runner;
  std::optional<Outbox> outbox;  // goes before the runner, which it uses
  try {
    outbox.emplace(port, [&port](const Error& why) { say_unfit(port, why); });
    runner = make_runner(worker);
  } catch (const std::exception& error) {
    const Error why = as_error(error);
    port.send(encode(GoodbyeMessage{fmt::format("on {}: {}", hello.host, why.what()), why.code()}));
    return;
  }
  port.send(encode(HelloMessage{hello}));

  std::deque<WorkItem> items;
  try {
    while (true) {
      if (items.empty()) port.wait();
      if (port.closed() || outbox->has_failed()) return;
      if (take_messages(port, worker, hello, items)) break;
      if (items.empty()) continue;
      port.send(encode(StartedMessage{items.front().id}));
      Outcome outcome = run_guarded(*runner, items.front(), port.cancelled());
      outbox->post(*runner, items.front().id, std::move(outcome));
      items.pop_front();
    }
    outbox->drain();
    if (!outbox->has_failed()) port.send(encode(GoodbyeMessage{}));
  } catch (const WorkerUnfit& why) {
    outbox->drain();
    if (!outbox->has_failed()) say_unfit(port, why);
  }
}

WorkerThread::WorkerThread(LocalHub& hub, Rank worker, const Hello& hello,
                           const RunnerFactory& make_runner)
    : hub_(&hub), thread_([this, worker, &hello, &make_runner] {
        try {
          serve(hub_->worker_port(worker), worker, hello, make_runner);
        } catch (...) {
          failure_ = std::current_exception();
          say_failure(hub_->worker_port(worker), failure_);
        }
        ended_ = true;
        hub_->bell().ring();
      }) {}

WorkerThread::~WorkerThread() {
  hub_->close();
  if (thread_.joinable()) thread_.join();
}

bool WorkerThread::ends_within(std::chrono::milliseconds longest) const {
  using namespace std::chrono_literals;
  const auto limit = std::chrono::steady_clock::now() + longest;
  while (!ended_ && std::chrono::steady_clock::now() < limit) std::this_thread::sleep_for(1ms);
  return ended_;
}

void WorkerThread::join() {
  if (thread_.joinable()) thread_.join();
  if (failure_) std::rethrow_exception(std::exchange(failure_, {}));
}

}  // namespace crossfold::fleet
