#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <vector>

#include "crossfold/fleet/coordinator.h"
#include "crossfold/fleet/ports.h"
#include "crossfold/fleet/sink.h"
#include "crossfold/fleet/work.h"

namespace crossfold::fleet {

struct FleetOptions {
  /// Set by a signal handler, say: the run then ends with FleetEnd::stopped.
  const std::atomic<bool>* stop = nullptr;
  /// Called by the coordinating thread about ten times a second, and once at the end.
  std::function<void(const Coordinator&)> on_progress;
  CoordinatorLimits limits;
};

/// How a run ended when nothing went wrong with the fleet itself.
struct FleetReport {
  FleetEnd end = FleetEnd::completed;  ///< or `stopped`
  FleetStatus status;
  std::vector<WorkerReport> workers;  ///< by rank
  /// A worker's thread of this process could not be stopped and still uses what the run was given:
  /// leave by _exit, destroy nothing.
  bool must_exit = false;
};

/// Carries out what `coordinator` decides until it ends; everything recorded is then safe. Throws
/// what the sink throws (no disk space left), once the workers have left; Error{bad_input} naming
/// every worker that runs another build or plan; when no worker is left, an Error with the code
/// and the reason of the last.
FleetReport coordinate(Coordinator& coordinator, CoordinatorPort& port, WorkSource& source,
                       Sink& sink, const FleetOptions& options);

/// The whole fleet in this process: `workers` threads and this one, which coordinates. Ranks are
/// 0 and up. Throws as `coordinate`.
FleetReport run_in_process(WorkSource& source, const Hello& hello, std::uint32_t workers,
                           const RunnerFactory& make_runner, Sink& sink,
                           const FleetOptions& options = {});

}  // namespace crossfold::fleet
