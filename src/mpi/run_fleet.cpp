#include "crossfold/mpi/run_fleet.h"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/core/log.h"
#include "crossfold/fleet/local_hub.h"
#include "crossfold/fleet/worker.h"

#include "session_parts.h"
#include "transport.h"

namespace crossfold::mpi {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

/// How long the last words may take to leave when some of those they are for are dead.
constexpr auto kFarewellLimit = 2s;

// What rank 0 says when the fleet's work is over, and whether ranks were lost. No message of the
// fleet begins like these.
constexpr std::string_view kFarewell = "over";
constexpr std::string_view kFarewellAfterLosses = "over, with losses";

/// The worker of this rank, if it works: a thread of its own.
struct OwnWorker {
  OwnWorker(Rank rank, bool works, const fleet::Hello& hello,
            const fleet::RunnerFactory& make_runner)
      : hub(rank, works ? 1 : 0) {
    if (works) thread.emplace(hub, rank, hello, make_runner);
  }
  /// Whether its thread has ended, or does so soon. `lost`: it may be.
  [[nodiscard]] bool has_ended(bool lost) const {
    return !thread || thread->ends_within(fleet::time_to_end(lost));
  }

  fleet::LocalHub hub;
  std::optional<fleet::WorkerThread> thread;
};

/// The coordinator's port: rank 0's own worker, if it works, and the workers of the other ranks.
class RootPort final : public fleet::CoordinatorPort {
 public:
  RootPort(fleet::LocalHub& hub, Transport& transport, const Pulse& pulse)
      : hub_(&hub), transport_(&transport), pulse_(&pulse) {}

  void send(Rank worker, std::string bytes) override {
    if (worker == Rank{0})
      hub_->send(worker, std::move(bytes));
    else
      transport_->send(worker, std::move(bytes));
  }

  std::optional<fleet::FromWorker> poll() override {
    ours_first_ = !ours_first_;  // a quick worker here must not keep the others waiting
    auto message = ours_first_ ? hub_->poll() : transport_->poll();
    return message ? std::move(message) : ours_first_ ? transport_->poll() : hub_->poll();
  }

  void wait(std::chrono::microseconds longest) override { transport_->wait(hub_->bell(), longest); }

  std::vector<Rank> silent_for(double seconds) override {
    std::vector<Rank> workers;
    for (const int rank : pulse_->silent_for(seconds))
      workers.emplace_back(static_cast<std::uint32_t>(rank));
    return workers;
  }

 private:
  fleet::LocalHub* hub_;
  Transport* transport_;
  const Pulse* pulse_;
  bool ours_first_ = false;
};

/// Tells the other ranks that all is over, and lets the messages leave; those to dead ranks do not.
void say_farewell(Session& session, const fleet::Coordinator& coordinator, fleet::LocalHub& hub,
                  Transport& transport) {
  bool& lossy = SessionParts::state(session)->lossy;
  for (const fleet::WorkerReport& worker : coordinator.workers()) lossy = lossy || worker.lost;
  for (std::uint32_t rank = 1; rank < session.size(); ++rank)
    transport.send(Rank{rank}, std::string(lossy ? kFarewellAfterLosses : kFarewell));
  const auto limit = Clock::now() + kFarewellLimit;
  while (!transport.idle() && (!lossy || Clock::now() < limit)) transport.wait(hub.bell(), 1ms);
}

fleet::FleetReport lead(Session& session, CoordinatorMode mode, fleet::WorkSource& source,
                        const fleet::Hello& hello, const fleet::RunnerFactory& make_runner,
                        fleet::Sink& sink, const fleet::FleetOptions& options) {
  const std::uint32_t first = mode == CoordinatorMode::working ? 0 : 1;
  fleet::Coordinator coordinator(hello, Rank{first}, session.size() - first, options.limits);
  SessionState& state = *SessionParts::state(session);
  Transport transport(state);
  auto own = std::make_unique<OwnWorker>(Rank{0}, first == 0, hello, make_runner);
  RootPort port(own->hub, transport, *state.pulse);
  try {
    fleet::FleetReport report = fleet::coordinate(coordinator, port, source, sink, options);
    say_farewell(session, coordinator, own->hub, transport);
    state.over = true;  // what fails from here on is rank 0's own affair
    if (!own->has_ended(own->thread && report.workers.front().lost)) {
      report.must_exit = true;
      static_cast<void>(own.release());  // its thread goes on in it until the process exits
    } else if (own->thread) {
      own->thread->join();
    }
    return report;
  } catch (...) {
    if (coordinator.end() != fleet::FleetEnd::running) {  // all workers have left in order
      say_farewell(session, coordinator, own->hub, transport);
      state.over = true;
    }
    throw;
  }
}

/// Rank 0 is not there any more, or cannot be reached.
void check_root_is_alive(Session& session) {
  SessionState& state = *SessionParts::state(session);
  const double limit_s = session.limits().root_silence_s();
  if (state.pulse->silence_s(0) < limit_s) return;
  state.over = true;  // the others find out alike
  state.lossy = true;
  log_error(
      fmt::format("rank {} leaves: no heartbeat of rank 0 for {} s (it died, or the "
                  "way to its host is cut). run again to go on",
                  session.rank().value, limit_s));
  throw Error(ErrorCode::stopped, "no heartbeat of rank 0");
}

/// The main thread carries messages while the worker's thread works.
void follow(Session& session, const fleet::Hello& hello, const fleet::RunnerFactory& make_runner) {
  SessionState& state = *SessionParts::state(session);
  Transport transport(state);
  auto own = std::make_unique<OwnWorker>(session.rank(), true, hello, make_runner);
  fleet::LocalHub& hub = own->hub;
  bool over = false;
  Clock::time_point unheard_after = Clock::time_point::max();  // nobody takes what is sent then
  while (true) {
    const bool ended = own->thread->ended();  // before its last messages are looked for
    bool heard = false;
    for (; auto message = hub.poll(); heard = true)
      transport.send(Rank{0}, std::move(message->bytes));
    for (; auto message = transport.poll(); heard = true) {
      const bool lossy = message->bytes == kFarewellAfterLosses;
      if (lossy && !over) unheard_after = Clock::now() + kFarewellLimit;
      state.lossy = state.lossy || lossy;
      over = over || lossy || message->bytes == kFarewell;
      if (!over) hub.send(session.rank(), std::move(message->bytes));
    }
    if (over && (transport.idle() || Clock::now() > unheard_after)) {
      if (ended) break;
      if (!own->has_ended(state.lossy)) session.exit_after(0);  // was left behind
    } else if (!over) {
      check_root_is_alive(session);
    }
    if (!heard) transport.wait(hub.bell(), 50ms);
  }
  state.over = true;  // rank 0 has said so
  own->thread->join();
}

}  // namespace

std::optional<fleet::FleetReport> run_fleet(Session& session, const FleetLayout& layout,
                                            fleet::WorkSource* source, const fleet::Hello& hello,
                                            const fleet::RunnerFactory& make_runner,
                                            fleet::Sink* sink, const fleet::FleetOptions& options) {
  session.agree([&] {
    CF_VALIDATE(layout.coordinator == CoordinatorMode::working || session.size() > 1,
                ErrorCode::usage,
                "a dedicated coordinator needs a second rank (rank 0 does not work then). start "
                "more ranks with mpirun, or leave --coordinator out");
    CF_EXPECT(!session.is_root() || (source != nullptr && sink != nullptr));
  });
  if (SessionParts::state(session) == nullptr)
    return fleet::run_in_process(*source, hello, layout.workers, make_runner, *sink, options);
  if (session.is_root())
    return lead(session, layout.coordinator, *source, hello, make_runner, *sink, options);
  follow(session, hello, make_runner);
  return std::nullopt;
}

}  // namespace crossfold::mpi
