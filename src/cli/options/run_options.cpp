#include "run_options.h"

#include <string>

#include "crossfold/study/shard_share.h"

#include "choice_option.h"
#include "device_option.h"
#include "number_option.h"
#include "time_options.h"

namespace crossfold::cli {

using mpi::CoordinatorMode;

void add_run_options(CLI::App& command, RunOptions& options) {
  add_job_arguments(command, options.job);
  command
      .add_option("-o,--out", options.settings.directory,
                  "Run directory (default: the job's name with .run)")
      ->type_name("DIR");
  add_number(command, "--workers", options.settings.workers, NumberBounds{1, 4096},
             "Worker threads when started alone (default: one for each usable core or GPU)")
      ->type_name("N");
  add_choice<CoordinatorMode>(
      command, "--coordinator", options.settings.coordinator,
      {{"working", CoordinatorMode::working}, {"dedicated", CoordinatorMode::dedicated}},
      "working: rank 0 trains as well (default); dedicated: it only coordinates");
  add_device_option(
      command, options.settings.device,
      "What trains the networks: auto (default: a GPU where the reference engine sees one, else "
      "cores), cpu, or cuda (the lockstep engine too)");
  add_isa_option(command, options.isa);
  add_time_options(command, options.settings.times);
  command
      .add_option_function<std::string>(
          "--shard",
          [&options](const std::string& text) { options.settings.shard = parse_shard(text); },
          "Train only the second of three shares of the plan, say, with a journal of its own")
      ->type_name("2/3");
  command.add_flag("--merge", options.merge, "Train nothing: take the shards in --out together");
  command.add_flag(
      "--salvage", options.settings.repairs.salvage,
      "Of a damaged journal in --out, keep every line whose checksum fits and train the "
      "rest again; the damaged one is kept under another name");
  command.add_flag("--retrain-missing", options.settings.repairs.retrain_missing,
                   "Train fits again whose artefacts in --out are missing or damaged");
  command.add_flag_callback(
      "--no-pin", [&options] { options.settings.pinning = Pinning::off; },
      "Do not confine each worker to one core");
}

void check_run_options(const RunOptions& options, ValidationErrors& errors) {
  if (options.merge && options.settings.shard)
    errors.add("", "--merge and --shard exclude each other. run every shard, then merge");
  check_times(options.settings.times, errors);
}

}  // namespace crossfold::cli
