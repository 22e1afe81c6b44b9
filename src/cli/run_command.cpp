#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "crossfold/core/error.h"
#include "crossfold/core/log.h"
#include "crossfold/fleet/placement.h"
#include "crossfold/mpi/node_copy.h"
#include "crossfold/mpi/run_fleet.h"
#include "crossfold/mpi/session.h"

#include "command.h"
#include "merge_run.h"
#include "rank_session.h"
#include "run_options.h"
#include "run_session.h"
#include "stop_signal.h"

namespace crossfold::cli {
namespace {

using mpi::CoordinatorMode;

/// The matrices that remaining fits need, one copy of each on this node.
struct NodeMatrices {
  std::vector<mpi::NodeCopy> copies;
  EmbeddingViews views;
};

NodeMatrices load_matrices(mpi::Session& session, const Study& study,
                           const std::vector<bool>& needed) {
  NodeMatrices matrices;
  matrices.views.resize(study.plan.embeddings.size());
  for (std::size_t i = 0; i < study.plan.embeddings.size(); ++i) {
    if (!needed[i]) continue;
    const EmbeddingInfo& info = study.plan.embeddings[i];
    const std::size_t count = info.rows * info.dim;
    matrices.copies.push_back(
        mpi::share_on_node(session, count * sizeof(float), [&](std::span<std::byte> bytes) {
          read_embedding(study.store, info, {reinterpret_cast<float*>(bytes.data()), count});
        }));
    const std::span<const std::byte> bytes = matrices.copies.back().bytes();
    matrices.views[i] = {reinterpret_cast<const float*>(bytes.data()), count};
  }
  return matrices;
}

/// Threads that train when started alone.
std::uint32_t worker_threads(const RunOptions& options, const WorkerSetup& setup,
                             std::size_t items) {
  const std::size_t devices =
      setup.gpus > 0 ? static_cast<std::size_t>(setup.gpus) : setup.cores.size();
  const std::size_t wanted = options.workers.value_or(static_cast<std::uint32_t>(devices));
  return static_cast<std::uint32_t>(std::min(wanted, std::max<std::size_t>(items, 1)));
}

int run_in(mpi::Session& session, const RunOptions& options, ReadEarly<Study> loaded,
           fleet::Launch launch) {
  const bool alone = launch == fleet::Launch::alone;
  std::optional<RunSession> ours;  // rank 0 only
  std::optional<Study> study = std::move(loaded.value);
  const std::string message = session.broadcast([&] {
    loaded.throw_failure();
    ours.emplace(*study, options.out.value_or(default_directory(study->job)), options.shard,
                 options.repairs);
    const std::string packed = pack_study(*study);
    std::string bytes;
    nlohmann::json::to_cbor({{"study", nlohmann::json::binary({packed.begin(), packed.end()})},
                             {"needed", ours->needed_embeddings()}},
                            bytes);
    return bytes;
  });
  const nlohmann::json told = nlohmann::json::from_cbor(message);
  if (!study) {
    const auto& packed = told.at("study").get_binary();
    study = unpack_study({packed.begin(), packed.end()});
  }

  std::optional<WorkerSetup> setup;
  session.agree(
      [&] { setup = make_worker_setup(options.device, options.pinning, study->job.engine); });
  const NodeMatrices matrices = load_matrices(session, *study, told.at("needed"));
  const fleet::RunnerFactory make_runner = [&](Rank worker) {
    const std::uint32_t local = alone ? worker.value : session.local_rank();
    return make_fit_runner(*study, matrices.views, *setup, local);
  };
  std::vector<fleet::WorkItem> items;
  mpi::FleetLayout layout{.coordinator = options.coordinator, .workers = 1};
  fleet::FleetOptions fleet_options;
  session.agree([&] {
    if (!ours) return;
    items = ours->remaining();
    layout.workers = worker_threads(options, *setup, items.size());
    const std::uint32_t idle = options.coordinator == CoordinatorMode::dedicated ? 1 : 0;
    ours->begin(alone ? "alone" : "mpi", alone ? layout.workers : session.size() - idle, *setup);
    fleet_options = ours->fleet_options();
    fleet_options.limits =
        coordinator_limits(options.times, fleet::process_environment(),
                           std::chrono::system_clock::to_time_t(std::chrono::system_clock::now()));
  });
  const std::string device = alone ? fmt::format("one of {} threads", layout.workers)
                                   : device_of(*setup, session.local_rank());
  const std::optional<fleet::FleetReport> report =
      mpi::run_fleet(session, layout, std::move(items), make_hello(study->plan.hash.hex(), device),
                     make_runner, ours ? &ours->sink() : nullptr, fleet_options);
  const int code =
      report ? code_when_told([&] { return ours->finish(*report, options.times); }) : 0;
  if (report && report->must_exit) session.exit_after(code);
  return code;
}

/// What the launcher and the options say of each other; before any work.
void check_launch(const RunOptions& options, fleet::Launch launch) {
  const bool alone = launch == fleet::Launch::alone;
  Mistakes mistakes;
  check_run_options(options, mistakes);
  if (!alone && options.merge)
    mistakes.add("", "--merge is the work of one process. start it without mpirun or srun");
  if (!alone && options.workers)
    mistakes.add("",
                 "--workers is for a run started alone (here each rank is one worker). leave it "
                 "out, or start another number of ranks");
  if (alone && options.coordinator == CoordinatorMode::dedicated)
    mistakes.add("",
                 "--coordinator dedicated is for mpirun or srun (a run started alone has no rank "
                 "to spare). leave it out, or start two or more ranks");
  mistakes.throw_if_any(ErrorCode::usage, "");
}

int merge(const RunOptions& options) {
  const Study study = load_study(options.job);
  return merge_run(study, options.out.value_or(default_directory(study.job)), options.repairs);
}

int run(const RunOptions& options) {
  // On every rank: launchers pass a signal to all of them, and only rank 0 acts on the flag.
  static_cast<void>(catch_stop_signals());
  const fleet::Environment environment = fleet::process_environment();
  const fleet::Launch launch = fleet::detect_launch(environment);
  if (options.merge && launch == fleet::Launch::alone) {
    check_launch(options, launch);
    return merge(options);
  }
  ReadEarly<Study> loaded = read_early<Study>([&] {
    check_launch(options, launch);
    return load_study(options.job);
  });
  return in_session(launch, {.silence_s = options.times.lost_after_s}, [&](mpi::Session& session) {
    session.agree([&] { hold(options.isa); });
    return run_in(session, options, std::move(loaded), launch);
  });
}

}  // namespace

void add_run_command(CLI::App& program, Action& chosen) {
  CLI::App* command = program.add_subcommand(
      "run", "Train what is not yet done: alone, under mpirun or under srun");
  command->footer(
      "The same job gives the same numbers however many ranks or workers train it. A run that was\n"
      "stopped or killed goes on where it was when the same command is given again.\n"
      "Examples:\n  crossfold run jobs/cxr.json --out cxr.run\n"
      "  mpirun -n 8 crossfold run jobs/cxr.json --out cxr.run\n"
      "  mpirun -n 9 crossfold run jobs/cxr.json --out cxr.run --coordinator dedicated\n"
      "A plan too large for one allocation, as independent runs:\n"
      "  crossfold run jobs/cxr.json --out cxr.run --shard 1/3    (and 2/3, 3/3)\n"
      "  crossfold run jobs/cxr.json --out cxr.run --merge");
  const auto options = std::make_shared<RunOptions>();  // shared by the parser and the action
  add_run_options(*command, *options);
  command->callback([options, &chosen] { chosen = [options] { return run(*options); }; });
}

}  // namespace crossfold::cli
