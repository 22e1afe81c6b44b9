#include "submit_options.h"

#include <cstdint>
#include <string>

#include <fmt/format.h>

#include "crossfold/core/duration.h"
#include "crossfold/core/error.h"
#include "crossfold/job/names.h"

#include "choice_option.h"
#include "grace_option.h"
#include "job_arguments.h"
#include "number_option.h"

namespace crossfold::cli {
namespace {

namespace fs = std::filesystem;
using site::Launcher;

/// The arguments of `crossfold run`.
std::vector<std::string> run_arguments(const SubmitOptions& options, const fs::path& directory) {
  std::vector<std::string> arguments{fs::absolute(options.job.job).string(), "--out",
                                     directory.string()};
  if (options.job.store) {
    arguments.emplace_back("--store");
    arguments.push_back(fs::absolute(*options.job.store).string());
  }
  if (options.job.warm_start) {
    arguments.emplace_back("--warm-start");
    arguments.push_back(fs::absolute(*options.job.warm_start).string());
  }
  if (options.job.engine) {
    arguments.emplace_back("--engine");
    arguments.emplace_back(name_of(*options.job.engine));
  }
  if (options.job.cohort) {
    arguments.emplace_back("--cohort");
    arguments.push_back(std::to_string(*options.job.cohort));
  }
  arguments.insert(arguments.end(), options.run_arguments.begin(), options.run_arguments.end());
  return arguments;
}

/// A run that is told of a later end than Slurm's would hand out work that is never done.
void check_time_limits(const SubmitOptions& options, const TimeLimits& times,
                       ValidationErrors& errors) {
  if (!options.batch.time || !times.time_limit_s) return;
  const std::optional<double> allocation = parse_duration(*options.batch.time, BareNumber::minutes);
  if (!allocation || *allocation == 0 || *times.time_limit_s <= *allocation) return;
  errors.add(
      "behind --",
      fmt::format("--time-limit is {} (more than the {} of --time, when Slurm ends the run). "
                  "leave it out: the run asks Slurm for its end",
                  given_duration_text(*times.time_limit_s), given_duration_text(*allocation)));
}

void add_resource_options(CLI::App& command, site::BatchOptions& batch) {
  add_number(command, "--nodes", batch.nodes, NumberBounds{1, 1'000'000}, "Nodes")
      ->type_name("N")
      ->capture_default_str();
  add_number(command, "--cores-per-node", batch.cores_per_node, NumberBounds{1, 1'000'000},
             "Cores of each node, a rank on each (default: whole nodes)")
      ->type_name("N");
  add_number(command, "--gpus-per-node", batch.gpus_per_node, NumberBounds{1, 1024},
             "GPUs of each node, a rank on each; the run gets --device cuda unless it is "
             "given another")
      ->type_name("N");
  command
      .add_option("--time", batch.time,
                  fmt::format("Time limit of one allocation: {}; a number alone is minutes, as "
                              "Slurm has it",
                              kDurationForms))
      ->type_name("TIME");
  command.add_option("--partition", batch.partition, "Slurm partition")->type_name("NAME");
  command.add_option("--account", batch.account, "Slurm account")->type_name("NAME");
  add_number(command, "--shards", batch.shards, NumberBounds{1, 100'000},
             "A job array of so many independent runs, each on its share of the plan")
      ->type_name("N");
  add_number(command, "--at-once", batch.at_once, NumberBounds{1, 100'000},
             "Shards that may run at the same time")
      ->type_name("N");
}

void add_script_options(CLI::App& command, SubmitOptions& options) {
  site::BatchOptions& batch = options.batch;
  add_grace_option(command, batch.grace_s,
                   "Seconds before the time limit when the run is told to stop");
  add_number(command, "--max-restarts", batch.max_restarts,
             "How often the script asks for a restart at most")
      ->type_name("N")
      ->capture_default_str();
  add_choice<Launcher>(command, "--launcher", batch.launcher,
                       {{"mpirun", Launcher::mpirun}, {"srun", Launcher::srun}},
                       "What starts the ranks (default: mpirun)");
  command
      .add_option("--container", batch.container,
                  "What starts the program in a container: 'apptainer exec --nv my.sif'")
      ->type_name("WORDS");
  command.add_option("--program", options.program, "crossfold on the nodes (default: this one)")
      ->type_name("FILE");
  command
      .add_option("--setup", options.setup,
                  "Shell file that the script reads first: module load ...")
      ->check(CLI::ExistingFile)
      ->type_name("FILE");
  command.add_option("--log", batch.log, "Log file, as Slurm's --output (default: the job's name)")
      ->type_name("PATTERN");
  command
      .add_option("--sbatch", batch.more,
                  "Any other option of sbatch: --sbatch=--constraint=a100; may be given again")
      ->allow_extra_args(false)
      ->type_name("OPTION");
}

}  // namespace

void add_submit_options(CLI::App& command, SubmitOptions& options) {
  add_job_arguments(command, options.job);
  command
      .add_option("run_arguments", options.run_arguments,
                  "Behind --: more arguments of crossfold run")
      ->type_name("-- ARGUMENTS");
  command.add_option("-o,--out", options.out, "Run directory (default: the job's name with .run)")
      ->type_name("DIR");
  add_resource_options(command, options.batch);
  add_script_options(command, options);
  command.add_flag("--dry-run", options.dry_run,
                   "Print the script (with --json in the answer), submit nothing");
  command.add_flag("--json", options.json, "Answer in JSON");
}

RunOptions read_run_arguments(const SubmitOptions& options) {
  RunOptions read;
  CLI::App parser("", "crossfold run");
  add_run_options(parser, read);
  bool of_the_program = false;
  parser.add_flag("-q,--quiet,-v,--verbose", of_the_program);
  std::vector<std::string> arguments{"crossfold run"};
  const std::vector<std::string> given = run_arguments(options, "run");
  arguments.insert(arguments.end(), given.begin(), given.end());
  std::vector<const char*> words;
  words.reserve(arguments.size());
  for (const std::string& argument : arguments) words.push_back(argument.c_str());
  try {
    parser.parse(static_cast<int>(words.size()), words.data());
  } catch (const CLI::ParseError& error) {
    throw Error(ErrorCode::usage,
                fmt::format("{} (these are arguments of crossfold run). `crossfold run --help` "
                            "lists them",
                            error.what()),
                "behind --");
  } catch (const Error& error) {
    throw Error(error.code(), error.message(), "behind --: " + error.where());
  }
  return read;
}

void check_submit_options(const SubmitOptions& options, const RunOptions& run,
                          ValidationErrors& errors) {
  const site::BatchOptions& batch = options.batch;
  check_batch_options(batch, errors);
  check_run_options(run, errors);
  if (run.settings.times.stop_within_s > batch.grace_s)
    errors.add("--grace",
               fmt::format("is {} (less than the {} of --stop-within, so that Slurm would end the "
                           "run before it has stopped). raise it, or lower --stop-within behind "
                           "--",
                           given_duration_text(batch.grace_s),
                           given_duration_text(run.settings.times.stop_within_s)));
  check_time_limits(options, run.settings.times, errors);
  if (run.settings.shard || run.merge || run.settings.workers)
    errors.add("behind --", fmt::format("has {} (not for a batch job: --shards has the shards "
                                        "run, and each rank is one worker). leave it out",
                                        run.settings.shard ? "--shard"
                                        : run.merge        ? "--merge"
                                                           : "--workers"));
}

site::BatchOptions batch_options(const SubmitOptions& options, const std::string& job_name,
                                 const fs::path& directory, const fs::path& own_program) {
  site::BatchOptions batch = options.batch;
  batch.name = job_name;
  batch.program = options.program.value_or(own_program).string();
  batch.arguments = run_arguments(options, directory);
  if (options.setup) batch.setup = fs::absolute(*options.setup).string();
  return batch;
}

}  // namespace crossfold::cli
