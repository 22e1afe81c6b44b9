#include "crossfold/mpi/run_fleet.h"

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "crossfold/core/error.h"
#include "crossfold/fleet/local_hub.h"
#include "crossfold/fleet/worker.h"

#include "session_parts.h"
#include "transport.h"

namespace crossfold::mpi {
namespace {

using namespace std::chrono_literals;

/// What rank 0 says when the fleet's work is over. No other message is empty.
constexpr std::string_view kFarewell;

/// The coordinator's port: rank 0's own worker, if it works, and the workers of the other ranks.
class RootPort final : public fleet::CoordinatorPort {
 public:
  RootPort(fleet::LocalHub& hub, Transport& transport) : hub_(&hub), transport_(&transport) {}

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

 private:
  fleet::LocalHub* hub_;
  Transport* transport_;
  bool ours_first_ = false;
};

/// Tells the other ranks that all is over, and lets the messages leave.
void say_farewell(Session& session, fleet::LocalHub& hub, Transport& transport) {
  for (std::uint32_t rank = 1; rank < session.size(); ++rank)
    transport.send(Rank{rank}, std::string(kFarewell));
  while (!transport.idle()) transport.wait(hub.bell(), 1ms);
}

fleet::FleetReport lead(Session& session, CoordinatorMode mode, std::vector<fleet::WorkItem> items,
                        const fleet::Hello& hello, const fleet::RunnerFactory& make_runner,
                        fleet::Sink& sink, const fleet::FleetOptions& options) {
  const std::uint32_t first = mode == CoordinatorMode::working ? 0 : 1;
  fleet::Coordinator coordinator(std::move(items), hello, Rank{first}, session.size() - first,
                                 options.limits);
  Transport transport(SessionParts::state(session)->world);
  fleet::LocalHub hub(Rank{0}, 1 - first);
  RootPort port(hub, transport);
  std::unique_ptr<fleet::WorkerThread> own_worker;
  if (first == 0)
    own_worker = std::make_unique<fleet::WorkerThread>(hub, Rank{0}, hello, make_runner);
  try {
    fleet::FleetReport report = fleet::coordinate(coordinator, port, sink, options);
    say_farewell(session, hub, transport);
    if (own_worker) own_worker->join();
    return report;
  } catch (...) {
    if (coordinator.end() != fleet::FleetEnd::running) {  // all workers have left in order
      say_farewell(session, hub, transport);
      SessionParts::set_over(session);
    }
    throw;
  }
}

/// The main thread carries messages while the worker's thread works.
void follow(Session& session, const fleet::Hello& hello, const fleet::RunnerFactory& make_runner) {
  Transport transport(SessionParts::state(session)->world);
  fleet::LocalHub hub(session.rank(), 1);
  fleet::WorkerThread worker(hub, session.rank(), hello, make_runner);
  for (bool over = false; true;) {
    const bool ended = worker.ended();  // before its last messages are looked for
    bool heard = false;
    for (; auto message = hub.poll(); heard = true)
      transport.send(Rank{0}, std::move(message->bytes));
    for (; auto message = transport.poll(); heard = true) {
      over = over || message->bytes == kFarewell;
      if (!over) hub.send(session.rank(), std::move(message->bytes));
    }
    if (over && ended && transport.idle()) break;
    if (!heard) transport.wait(hub.bell(), 50ms);
  }
  SessionParts::set_over(session);  // rank 0 has said so
  worker.join();
}

}  // namespace

std::optional<fleet::FleetReport> run_fleet(Session& session, const FleetLayout& layout,
                                            std::vector<fleet::WorkItem> items,
                                            const fleet::Hello& hello,
                                            const fleet::RunnerFactory& make_runner,
                                            fleet::Sink* sink, const fleet::FleetOptions& options) {
  session.agree([&] {
    CF_VALIDATE(layout.coordinator == CoordinatorMode::working || session.size() > 1,
                ErrorCode::usage,
                "a dedicated coordinator needs a second rank (rank 0 does not work then). start "
                "more ranks with mpirun, or leave --coordinator out");
    CF_EXPECT(!session.is_root() || sink != nullptr);
  });
  if (SessionParts::state(session) == nullptr)
    return fleet::run_in_process(std::move(items), hello, layout.workers, make_runner, *sink,
                                 options);
  if (session.is_root())
    return lead(session, layout.coordinator, std::move(items), hello, make_runner, *sink, options);
  follow(session, hello, make_runner);
  return std::nullopt;
}

}  // namespace crossfold::mpi
