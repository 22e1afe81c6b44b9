// What waiting costs: processor time of every rank while one item takes some seconds (asleep) and
// rank 0 is a dedicated coordinator.
//
//   mpirun -n 4 idle_bench [SECONDS]
#include <chrono>
#include <sys/resource.h>
#include <thread>

#include <fmt/format.h>

#include "crossfold/mpi/run_fleet.h"

#include "fleet/fakes.h"

namespace crossfold {
namespace {

using namespace fleet;

double processor_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void run(double seconds) {
  mpi::Session session(detect_launch(process_environment()));
  const auto sleep = [&](Rank) {
    return std::make_unique<FunctionRunner>([&](const WorkItem&) {
      std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
      return Outcome{.results = "done", .failures = {}};
    });
  };
  const double before = processor_seconds();
  MemorySink sink;
  ListSource source(numbered_items(1));
  (void)mpi::run_fleet(session, {.coordinator = mpi::CoordinatorMode::dedicated}, &source,
                       {"build", "plan", "host", "cpu"}, sleep, &sink);
  const double used = processor_seconds() - before;
  fmt::print("rank {}: {:.2f} % of a core\n", session.rank().value, 100 * used / seconds);
}

}  // namespace
}  // namespace crossfold

int main(int argc, char** argv) { crossfold::run(argc > 1 ? std::stod(argv[1]) : 10); }
