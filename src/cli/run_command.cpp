#include <chrono>
#include <cstddef>
#include <map>
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
#include "isa_option.h"
#include "job_arguments.h"
#include "merge_run.h"
#include "rank_session.h"
#include "run_session.h"
#include "shard_share.h"
#include "stop_signal.h"
#include "time_options.h"

namespace crossfold::cli {
namespace {

using mpi::CoordinatorMode;

struct RunOptions {
  JobArguments job;
  std::optional<std::filesystem::path> out;
  std::optional<std::uint32_t> workers;
  std::optional<ShardNumber> shard;
  bool merge = false;
  CoordinatorMode coordinator = CoordinatorMode::working;
  DeviceChoice device = DeviceChoice::automatic;
  Pinning pinning = Pinning::on;
  IsaChoice isa;
  TimeOptions times;
};

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
    CF_VALIDATE(
        alone || !options.workers, ErrorCode::usage,
        "--workers is for a run started alone (here each rank is one worker). leave it out, "
        "or start another number of ranks");
    ours.emplace(*study, options.out.value_or(default_directory(study->job)), options.shard);
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
  if (ours) {
    items = ours->remaining();
    layout.workers = worker_threads(options, *setup, items.size());
    const std::uint32_t idle = options.coordinator == CoordinatorMode::dedicated ? 1 : 0;
    ours->begin(alone ? "alone" : "mpi", alone ? layout.workers : session.size() - idle, *setup);
    fleet_options = ours->fleet_options();
    fleet_options.limits =
        coordinator_limits(options.times, fleet::process_environment(),
                           std::chrono::system_clock::to_time_t(std::chrono::system_clock::now()));
  }
  const std::string device = alone ? fmt::format("one of {} threads", layout.workers)
                                   : device_of(*setup, session.local_rank());
  const std::optional<fleet::FleetReport> report =
      mpi::run_fleet(session, layout, std::move(items), make_hello(study->plan.hash.hex(), device),
                     make_runner, ours ? &ours->sink() : nullptr, fleet_options);
  const int code = report ? ours->finish(*report) : 0;
  if (report && report->must_exit) session.exit_after(code);
  return code;
}

int merge(const RunOptions& options) {
  CF_VALIDATE(!options.shard, ErrorCode::usage,
              "--merge and --shard exclude each other. run every shard, then merge");
  const Study study = load_study(options.job);
  return merge_run(study, options.out.value_or(default_directory(study.job)));
}

int run(const RunOptions& options) {
  // On every rank: launchers pass a signal to all of them, and only rank 0 acts on the flag.
  static_cast<void>(catch_stop_signals());
  const fleet::Environment environment = fleet::process_environment();
  const fleet::Launch launch = fleet::detect_launch(environment);
  if (options.merge) {
    CF_VALIDATE(launch == fleet::Launch::alone, ErrorCode::usage,
                "--merge is the work of one process. start it without mpirun or srun");
    return merge(options);
  }
  ReadEarly<Study> loaded = read_early<Study>([&] { return load_study(options.job); });
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
  add_job_arguments(*command, options->job);
  command->add_option("-o,--out", options->out, "Run directory (default: the job's name with .run)")
      ->type_name("DIR");
  command
      ->add_option("--workers", options->workers,
                   "Worker threads when started alone (default: one for each usable core or GPU)")
      ->check(CLI::Range(1, 4096))
      ->type_name("N");
  command
      ->add_option("--coordinator", options->coordinator,
                   "working: rank 0 trains as well (default); dedicated: it only coordinates")
      ->transform(CLI::CheckedTransformer(std::map<std::string, CoordinatorMode>{
          {"working", CoordinatorMode::working}, {"dedicated", CoordinatorMode::dedicated}}))
      ->type_name("MODE");
  command->add_option("--device", options->device, "auto (default), cpu or cuda")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, DeviceChoice>{{"auto", DeviceChoice::automatic},
                                              {"cpu", DeviceChoice::cpu},
                                              {"cuda", DeviceChoice::cuda}}))
      ->type_name("DEVICE");
  add_isa_option(*command, options->isa);
  add_time_options(*command, options->times);
  command
      ->add_option_function<std::string>(
          "--shard", [options](const std::string& text) { options->shard = parse_shard(text); },
          "Train only the second of three shares of the plan, say, with a journal of its own")
      ->type_name("2/3");
  command->add_flag("--merge", options->merge, "Train nothing: take the shards in --out together");
  command->add_flag_callback(
      "--no-pin", [options] { options->pinning = Pinning::off; },
      "Do not confine each worker to one core");
  command->callback([options, &chosen] { chosen = [options] { return run(*options); }; });
}

}  // namespace crossfold::cli
