#include <map>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/fleet/placement.h"

#include "command.h"
#include "run_alone.h"
#include "run_as_rank.h"
#include "run_session.h"

namespace crossfold::cli {
namespace {

int run(const RunOptions& options) {
  return fleet::started_as_rank(fleet::process_environment()) ? run_as_rank(options)
                                                              : run_alone(options);
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
      "  mpirun -n 9 crossfold run jobs/cxr.json --out cxr.run --coordinator dedicated");
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
                   "working: rank 0 trains as well; dedicated: it only coordinates")
      ->transform(CLI::CheckedTransformer(std::map<std::string, CoordinatorMode>{
          {"working", CoordinatorMode::working}, {"dedicated", CoordinatorMode::dedicated}}))
      ->type_name("MODE");
  command->add_option("--device", options->device, "auto, cpu or cuda")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, DeviceChoice>{{"auto", DeviceChoice::automatic},
                                              {"cpu", DeviceChoice::cpu},
                                              {"cuda", DeviceChoice::cuda}}))
      ->type_name("DEVICE");
  command->add_flag_callback(
      "--no-pin", [options] { options->pinning = Pinning::off; },
      "Do not confine each worker to one core");
  command->callback([options, &chosen] { chosen = [options] { return run(*options); }; });
}

}  // namespace crossfold::cli
