#include "crossfold/study/replay.h"

#include <algorithm>
#include <string>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/bytes.h"
#include "crossfold/core/counted.h"
#include "crossfold/core/error.h"
#include "crossfold/core/files.h"
#include "crossfold/core/log.h"

#include "node_matrices.h"
#include "remaining_work.h"
#include "replay_runner.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;

/// What rank 0 tells the others before work begins.
struct ReplayBriefing {
  std::string study;         ///< see pack_study
  std::vector<bool> needed;  ///< which embedding sets
  static void fields(auto& codec, auto& b) { codec(b.study, b.needed); }
};

/// All fits of the plan but those asked for. Error{bad_input} where one of these is none of it.
std::unordered_set<FitId> all_but(const Plan& plan, const std::vector<FitId>& wanted) {
  std::unordered_set<FitId> others;
  for (const Fit& fit : plan.fits) others.insert(fit.id);
  for (const FitId& id : std::unordered_set<FitId>(wanted.begin(), wanted.end()))
    CF_VALIDATE(others.erase(id) == 1, ErrorCode::bad_input,
                fmt::format("fit {} is not in the plan (it cannot be trained again)", id.hex()));
  return others;
}

/// Rank 0's side: what is left, what came, how far it is.
class ReplaySession {
 public:
  ReplaySession(const ReplayRequest& asked, const ReplaySettings& settings,
                const RunControl& control)
      : study_(asked.study), wanted_(asked.fits), control_(&control) {
    if (settings.engine) study_.job.engine = settings.engine;
    work_.emplace(study_.job, study_.plan, all_but(study_.plan, wanted_));
  }
  ReplaySession(const ReplaySession&) = delete;
  ReplaySession& operator=(const ReplaySession&) = delete;

  [[nodiscard]] const Study& study() const { return study_; }
  [[nodiscard]] RemainingWork& work() { return *work_; }
  [[nodiscard]] ReplaySink& sink() { return sink_; }

  [[nodiscard]] fleet::FleetOptions fleet_options(const ReplaySettings& settings) {
    fleet::FleetOptions options;
    options.stop = control_->stop;
    options.on_progress = [this](const fleet::Coordinator& c) { show_progress(c); };
    options.limits =
        coordinator_limits(settings.times, fleet::process_environment(), unix_time_s());
    return options;
  }

  [[nodiscard]] ReplayOutcome finish(const fleet::FleetReport& report) {
    control_->progress_ends();
    return {.engine = network_engine(study_.job),
            .fits = sink_.take(wanted_),
            .stopped = report.end == fleet::FleetEnd::stopped};
  }

 private:
  void show_progress(const fleet::Coordinator& coordinator) {
    const auto of = static_cast<double>(std::max<std::size_t>(work_->fits(), 1));
    control_->progress({.done = sink_.done(),
                        .of = work_->fits(),
                        .at_most = false,
                        .failed = sink_.failed(),
                        .fresh = sink_.done(),
                        .fresh_share = static_cast<double>(sink_.done()) / of,
                        .workers = coordinator.status().workers});
  }

  Study study_;
  std::vector<FitId> wanted_;
  std::optional<RemainingWork> work_;
  ReplaySink sink_;
  const RunControl* control_;
};

}  // namespace

Study recorded_study(const fs::path& run, const RunRecords& records,
                     const std::optional<fs::path>& store) {
  Study study{.job = records.job,
              .store = store ? fs::absolute(*store)
                             : fs::weakly_canonical(fs::absolute(run) / records.job.store),
              .samples = records.samples,
              .plan = records.plan,
              .split_csv = {}};
  if (study.job.splits.file)
    study.split_csv = read_file(run / *study.job.splits.file, kMostFileBytes);
  return study;
}

std::optional<ReplayOutcome> replay_fits(mpi::Session& session, fleet::Launch launch,
                                         const ReadEarly<ReplayRequest>& asked,
                                         const ReplaySettings& settings,
                                         const RunControl& control) {
  const bool alone = launch == fleet::Launch::alone;
  std::optional<ReplaySession> ours;  // rank 0 only
  const std::string message = session.broadcast([&] {
    asked.throw_failure();
    ours.emplace(*asked.value, settings, control);
    return to_bytes(
        ReplayBriefing{.study = pack_study(ours->study()), .needed = ours->work().embeddings()});
  });
  const auto told = from_bytes<ReplayBriefing>(message);
  const SharedStudy study = unpack_study(told.study);

  std::optional<WorkerSetup> setup;
  session.agree([&] {
    setup = make_worker_setup({.device = settings.device,
                               .pinning = settings.pinning,
                               .instruction_set = settings.instruction_set},
                              study.job);
  });
  const NodeMatrices matrices = load_matrices(session, study, told.needed);
  const fleet::RunnerFactory make_runner = [&](Rank worker) {
    const std::uint32_t local = alone ? worker.value : session.local_rank();
    return std::make_unique<ReplayRunner>(
        make_cohort_trainer(study, matrices.views, *setup, local, settings.engines),
        origin_of(study.job, *setup, local));
  };
  mpi::FleetLayout layout{.coordinator = settings.coordinator, .workers = 1};
  fleet::FleetOptions options;
  session.agree([&] {
    if (!ours) return;
    layout.workers = worker_threads(settings.workers, *setup, ours->work().fits());
    const std::uint32_t idle = settings.coordinator == mpi::CoordinatorMode::dedicated ? 1 : 0;
    const std::uint32_t workers = alone ? layout.workers : session.size() - idle;
    ours->work().share_among(workers);
    if (setup->gpus > 0) ours->work().join_up_to(kFitsOnAGpu);
    options = ours->fleet_options(settings);
    log_info(fmt::format("{} to train again on {}", counted(ours->work().fits(), "fit"),
                         counted(workers, "worker")));
  });
  const std::string device = alone ? fmt::format("one of {} threads", layout.workers)
                                   : device_of(*setup, session.local_rank());
  const std::optional<fleet::FleetReport> report = mpi::run_fleet(
      session, layout, ours ? &ours->work() : nullptr, make_hello(study.hash.hex(), device),
      make_runner, ours ? &ours->sink() : nullptr, options);
  // A thread that cannot be stopped still reads the matrices: they must not go.
  if (report && report->must_exit) session.exit_after(exit_code(ErrorCode::stopped));
  if (!report) return std::nullopt;
  return ours->finish(*report);
}

}  // namespace crossfold
