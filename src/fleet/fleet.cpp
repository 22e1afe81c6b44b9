#include "crossfold/fleet/fleet.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/log.h"
#include "crossfold/fleet/local_hub.h"
#include "crossfold/fleet/messages.h"
#include "crossfold/fleet/patient_clock.h"
#include "crossfold/fleet/worker.h"

namespace crossfold::fleet {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

template <class... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};
template <class... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;  // clang 14 wants it said

Event event_of(FromWorker message) {
  switch (kind_of(message.bytes)) {
    case MessageKind::hello:
      return WorkerJoined{message.worker, decode<HelloMessage>(message.bytes).hello};
    case MessageKind::started:
      return WorkStarted{message.worker, decode<StartedMessage>(message.bytes).item};
    case MessageKind::result: {
      auto result = decode<ResultMessage>(message.bytes);
      return ResultArrived{message.worker, result.item, std::move(result.outcome)};
    }
    case MessageKind::goodbye: {
      auto goodbye = decode<GoodbyeMessage>(message.bytes);
      if (goodbye.error.empty()) return WorkerLeft{message.worker};
      return WorkerLost{message.worker, std::move(goodbye.error), goodbye.code, true};
    }
    default:
      throw Error(ErrorCode::internal,
                  fmt::format("the coordinator got a message of kind {}", message.bytes[0] + 0));
  }
}

/// Carries events to a coordinator and its actions to the world.
class Loop {
 public:
  Loop(Coordinator& coordinator, CoordinatorPort& port, WorkSource& source, Sink& sink,
       const FleetOptions& options)
      : coordinator_(&coordinator),
        port_(&port),
        source_(&source),
        sink_(&sink),
        options_(&options) {}

  FleetReport run() {
    while (coordinator_->end() == FleetEnd::running) {
      // Before the messages: who joins when the time is up, or after a stop, gets nothing to do.
      hear_stop();
      pass_time();
      const bool heard = hear_messages();
      hear_sink();
      show_progress();
      if (heard || coordinator_->end() != FleetEnd::running) continue;
      port_->wait(coordinator_->status().unsaved > 0 ? 1ms : 50ms);
    }
    if (options_->on_progress) options_->on_progress(*coordinator_);
    return report();
  }

 private:
  bool hear_messages() {
    constexpr int kAtOnce = 64;  // then look after the sink and the clock
    int heard = 0;
    for (; heard < kAtOnce; ++heard) {
      auto message = port_->poll();
      if (!message) break;
      tell(event_of(std::move(*message)));
    }
    return heard > 0;
  }

  void hear_stop() {
    if (stop_heard_ || options_->stop == nullptr || !*options_->stop) return;
    stop_heard_ = true;
    log_info(fmt::format("stop requested: nothing more is handed out; ends within {:.3g} s",
                         options_->limits.stop_within_s));
    tell(StopRequested{});
  }

  void pass_time() {
    const double now_s = clock_.now_s();
    tell(TimePassed{.now_s = now_s, .stood_still_s = clock_.stood_still_s()});
    if (now_s < next_roll_call_s_) return;
    next_roll_call_s_ = now_s + 1;
    const double limit_s = options_->limits.silence_s;
    for (const Rank worker : port_->silent_for(limit_s))
      tell(WorkerLost{.worker = worker, .reason = fmt::format("no heartbeat for {} s", limit_s)});
  }

  void hear_sink() {
    if (recording_failed_) return;
    if (const auto total = ask_sink()) {
      if (*total != std::exchange(durable_, *total)) tell(RecordsDurable{*total - durable_before_});
      return;
    }
    recording_failed_ = true;
    log_warning(
        "results can no longer be recorded; the run ends when the workers have left what they "
        "are at");
    tell(RecordingFailed{});
  }

  /// How many records are safe; nothing once the sink has failed.
  std::optional<std::uint64_t> ask_sink() {
    if (sink_failure_) return std::nullopt;
    try {
      return sink_->durable();
    } catch (...) {
      sink_failure_ = std::current_exception();
      return std::nullopt;
    }
  }

  void submit(Record record) {
    if (sink_failure_) return;
    try {
      sink_->submit(std::move(record));
    } catch (...) {
      sink_failure_ = std::current_exception();  // hear_sink tells, after the actions at hand
    }
  }

  void tell(Event event) {
    bool asked = false;
    for (Action& action : coordinator_->handle(std::move(event))) {
      std::visit(
          Overloaded{
              [&](SendWork& a) { port_->send(a.worker, encode(WorkMessage{std::move(a.item)})); },
              [&](DismissWorker& a) { port_->send(a.worker, encode(DismissalMessage{})); },
              [&](CancelWork& a) { port_->send(a.worker, encode(CancelMessage{})); },
              [&](RefuseWorker& a) {
                port_->send(a.worker, encode(RefusalMessage{std::move(a.reason)}));
              },
              [&](SubmitRecord& a) { submit(std::move(a.record)); },
              [&](AskForWork&) { asked = true; },
              [&](Warn& a) { log_warning(a.message); },
          },
          action);
    }
    if (asked) tell(WorkSupplied{source_->next()});
  }

  void show_progress() {
    const auto now = Clock::now();
    if (!options_->on_progress || now < next_progress_) return;
    next_progress_ = now + 100ms;
    options_->on_progress(*coordinator_);
  }

  FleetReport report() const {
    if (sink_failure_) std::rethrow_exception(sink_failure_);
    coordinator_->refusals().throw_if_any(ErrorCode::bad_input, "workers");
    FleetReport report{coordinator_->end(), coordinator_->status(), coordinator_->workers()};
    CF_VALIDATE(report.end != FleetEnd::stalled, ErrorCode::internal,
                "further work hangs on results, but none is under way");
    if (report.end != FleetEnd::no_workers) return report;
    const auto& loss = coordinator_->last_loss();
    throw Error(loss ? loss->code : ErrorCode::internal,
                fmt::format("no worker is left, but {}{} pieces of work are. run again to continue",
                            report.status.more ? "more than " : "", report.status.waiting),
                "", loss ? fmt::format("worker {}: {}", loss->worker.value, loss->reason) : "");
  }

  Coordinator* coordinator_;
  CoordinatorPort* port_;
  WorkSource* source_;
  Sink* sink_;
  const FleetOptions* options_;
  PatientClock clock_;
  bool stop_heard_ = false;
  double next_roll_call_s_ = 0;
  Clock::time_point next_progress_ = Clock::now();
  std::exception_ptr sink_failure_;
  std::uint64_t durable_before_ = ask_sink().value_or(0);  ///< a sink may serve several runs
  std::uint64_t durable_ = durable_before_;
  bool recording_failed_ = false;  ///< the coordinator knows of it
};

/// The workers of this process.
struct ThreadPool {
  ThreadPool(const Hello& hello, std::uint32_t workers, const RunnerFactory& make_runner)
      : hub(Rank{0}, workers) {
    for (std::uint32_t i = 0; i < workers; ++i)
      threads.push_back(std::make_unique<WorkerThread>(hub, Rank{i}, hello, make_runner));
  }
  /// Whether all threads have ended, or do so soon. `reports` of all of them, by rank.
  [[nodiscard]] bool has_ended(const std::vector<WorkerReport>& reports) const {
    bool all = true;
    for (std::size_t i = 0; i < threads.size(); ++i)
      all = threads[i]->ends_within(time_to_end(reports.at(i).lost)) && all;
    return all;
  }

  LocalHub hub;
  std::vector<std::unique_ptr<WorkerThread>> threads;
};

}  // namespace

FleetReport coordinate(Coordinator& coordinator, CoordinatorPort& port, WorkSource& source,
                       Sink& sink, const FleetOptions& options) {
  return Loop(coordinator, port, source, sink, options).run();
}

FleetReport run_in_process(WorkSource& source, const Hello& hello, std::uint32_t workers,
                           const RunnerFactory& make_runner, Sink& sink,
                           const FleetOptions& options) {
  CF_EXPECT(workers > 0);
  Coordinator coordinator(hello, Rank{0}, workers, options.limits);
  auto pool = std::make_unique<ThreadPool>(hello, workers, make_runner);
  FleetReport report = coordinate(coordinator, pool->hub, source, sink, options);
  if (pool->has_ended(report.workers)) {
    for (const auto& thread : pool->threads) thread->join();
  } else {
    report.must_exit = true;
    static_cast<void>(pool.release());  // a thread goes on in it until the process exits
  }
  return report;
}

}  // namespace crossfold::fleet
