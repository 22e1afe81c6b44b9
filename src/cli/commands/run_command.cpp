#include <memory>
#include <utility>

#include "crossfold/core/error.h"
#include "crossfold/fleet/placement.h"
#include "crossfold/mpi/session.h"
#include "crossfold/study/merge_run.h"
#include "crossfold/study/rank_session.h"
#include "crossfold/study/run_study.h"

#include "command.h"
#include "run_options.h"
#include "terminal_control.h"

namespace crossfold::cli {
namespace {

using mpi::CoordinatorMode;

/// What the launcher and the options say of each other; before any work.
void check_launch(const RunOptions& options, fleet::Launch launch) {
  const bool alone = launch == fleet::Launch::alone;
  ValidationErrors errors;
  check_run_options(options, errors);
  if (!alone && options.merge)
    errors.add("", "--merge is the work of one process. start it without mpirun or srun");
  if (!alone && options.settings.workers)
    errors.add("",
               "--workers is for a run started alone (here each rank is one worker). leave it "
               "out, or start another number of ranks");
  if (alone && options.settings.coordinator == CoordinatorMode::dedicated)
    errors.add("",
               "--coordinator dedicated is for mpirun or srun (a run started alone has no rank "
               "to spare). leave it out, or start two or more ranks");
  errors.throw_if_any(ErrorCode::usage, "");
}

int merge(const RunOptions& options) {
  const Study study = load_study(options.job);
  return merge_run(study, options.settings.directory.value_or(default_directory(study.job)),
                   options.settings.repairs);
}

int run(const RunOptions& options) {
  const fleet::Launch launch = fleet::detect_launch(fleet::process_environment());
  if (options.merge && launch == fleet::Launch::alone) {
    check_launch(options, launch);
    return merge(options);  // which a signal ends, for it may end at any time
  }
  // On every rank: launchers pass a signal to all of them, and only rank 0 acts on the flag.
  const TerminalControl terminal("fits");
  ReadEarly<Study> loaded = read_early<Study>([&] {
    check_launch(options, launch);
    return load_study(options.job);
  });
  return in_session(launch, {.silence_s = options.settings.times.lost_after_s}, terminal.control(),
                    [&](mpi::Session& session) {
                      RunSettings settings = options.settings;
                      session.agree([&] { settings.instruction_set = hold(options.isa); });
                      return run_study(session, launch, std::move(loaded), settings,
                                       terminal.control());
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
