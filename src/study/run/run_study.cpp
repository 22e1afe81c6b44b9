#include "crossfold/study/run_study.h"

#include <chrono>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "crossfold/core/bytes.h"
#include "crossfold/results/segment_writer.h"

#include "fit_runner.h"
#include "node_matrices.h"
#include "run_session.h"

namespace crossfold {
namespace {

using mpi::CoordinatorMode;

/// What rank 0 tells the others before work begins.
struct RunBriefing {
  std::string study;         ///< see pack_study
  std::vector<bool> needed;  ///< which embedding sets
  std::string run;           ///< of any bytes, as paths are
  std::string session;
  static void fields(auto& codec, auto& b) { codec(b.study, b.needed, b.run, b.session); }
};

}  // namespace

std::filesystem::path default_directory(const Job& job) {
  std::string name = job.name;
  for (char& c : name)
    if (c == '/' || c == ' ') c = '-';
  return name + ".run";
}

int run_study(mpi::Session& session, fleet::Launch launch, ReadEarly<Study> loaded,
              const RunSettings& settings, const RunControl& control) {
  const bool alone = launch == fleet::Launch::alone;
  std::optional<WorkerSetup> setup;
  const auto set_up = [&](const Job& job) {
    setup = make_worker_setup({.device = settings.device,
                               .pinning = settings.pinning,
                               .instruction_set = settings.instruction_set},
                              job);
  };
  std::optional<RunSession> ours;  // rank 0 only
  const std::string message = session.broadcast([&] {
    loaded.throw_failure();
    Study& whole = *loaded.value;
    set_up(whole.job);  // a device that cannot be had is told before anything is written
    ours.emplace(whole, settings.directory.value_or(default_directory(whole.job)), settings,
                 control);
    const SegmentFolder segments = ours->begin_segments();
    return to_bytes(RunBriefing{.study = pack_study(whole),
                                .needed = ours->work().embeddings(),
                                .run = segments.run.string(),
                                .session = segments.session});
  });
  const auto told = from_bytes<RunBriefing>(message);
  const SharedStudy study = unpack_study(told.study);
  const SegmentFolder segments{.run = told.run, .session = told.session};
  session.agree([&] { check_is_shared(segments); });

  session.agree([&] {
    if (!setup) set_up(study.job);
  });
  const NodeMatrices matrices = load_matrices(session, study, told.needed);
  const fleet::RunnerFactory make_runner = [&](Rank worker) {
    const std::uint32_t local = alone ? worker.value : session.local_rank();
    return make_fit_runner(study, matrices.views, *setup, segments, worker, local);
  };
  mpi::FleetLayout layout{.coordinator = settings.coordinator, .workers = 1};
  fleet::FleetOptions fleet_options;
  session.agree([&] {
    if (!ours) return;
    layout.workers = worker_threads(settings.workers, *setup, ours->fits_left());
    const std::uint32_t idle = settings.coordinator == CoordinatorMode::dedicated ? 1 : 0;
    ours->begin(alone ? "alone" : "mpi", alone ? layout.workers : session.size() - idle, *setup);
    fleet_options = ours->fleet_options();
    fleet_options.limits =
        coordinator_limits(settings.times, fleet::process_environment(), unix_time_s());
  });
  const std::string device = alone ? fmt::format("one of {} threads", layout.workers)
                                   : device_of(*setup, session.local_rank());
  const std::optional<fleet::FleetReport> report = mpi::run_fleet(
      session, layout, ours ? &ours->work() : nullptr, make_hello(study.hash.hex(), device),
      make_runner, ours ? &ours->sink() : nullptr, fleet_options);
  const int code =
      report ? code_when_told(control, [&] { return ours->finish(*report, settings.times); }) : 0;
  if (report && report->must_exit) session.exit_after(code);
  return code;
}

}  // namespace crossfold
