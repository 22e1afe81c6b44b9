#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "crossfold/core/duration.h"
#include "crossfold/core/error.h"
#include "crossfold/core/log.h"
#include "crossfold/core/standard_output.h"
#include "crossfold/core/text_of_json.h"
#include "crossfold/job/names.h"
#include "crossfold/site/batch_script.h"
#include "crossfold/site/tool.h"
#include "crossfold/study/run_study.h"
#include "crossfold/study/study.h"

#include "choice_option.h"
#include "command.h"
#include "grace_option.h"
#include "job_arguments.h"
#include "own_path.h"
#include "run_options.h"

namespace crossfold::cli {
namespace {

namespace fs = std::filesystem;
using site::Launcher;

struct SubmitOptions {
  JobArguments job;
  std::optional<fs::path> out;
  std::optional<fs::path> program;
  std::optional<fs::path> setup;
  std::vector<std::string> run_arguments;
  site::BatchOptions batch;
  bool dry_run = false;
  bool json = false;
};

/// The arguments of `crossfold run`; paths absolute, so that they hold wherever the script runs.
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

/// The script's id, as sbatch tells it.
std::string submit_script(const std::string& script) {
  const auto answer = site::run_tool({"sbatch", "--parsable"}, script);
  CF_VALIDATE(answer.has_value(), ErrorCode::io,
              "sbatch is not found (there is no Slurm here). submit on a node of the cluster, or "
              "write the script with --dry-run");
  CF_VALIDATE(answer->code == 0, ErrorCode::usage, "sbatch refused the script", "",
              answer->err.substr(0, answer->err.find_last_not_of('\n') + 1));
  std::string id = answer->out.substr(0, answer->out.find_first_of(";\n"));
  if (!answer->err.empty()) log_warning("sbatch: " + answer->err);
  return id;
}

/// `id`: nothing where the script was not submitted.
void answer_in_json(const std::string& script, const std::optional<std::string>& id,
                    const fs::path& directory) {
  nlohmann::json answer{{"format", "crossfold-submit"},
                        {"format_version", 1},
                        {"slurm_job", nullptr},
                        {"directory", directory.string()},
                        {"script", script}};
  if (id) answer["slurm_job"] = *id;
  write_output(json_text(answer, 1) + "\n");
}

void tell_submitted(const SubmitOptions& options, const std::string& id,
                    const fs::path& directory) {
  write_output(fmt::format("submitted job {}\nwatch it: crossfold status {} --watch\n", id,
                           site::shell_word(directory.string())));
  if (options.batch.shards)
    write_output(fmt::format("when all shards have ended: crossfold run {} --out {} --merge\n",
                             site::shell_word(options.job.job.string()),
                             site::shell_word(directory.string())));
}

/// What stands behind --, read as `run` will read it: a slip shows here, not when the job starts.
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

/// What the script's times and those of the run say of each other, and what cannot run in a script.
void check(const SubmitOptions& options, const RunOptions& run) {
  ValidationErrors errors;
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
  errors.throw_if_any(ErrorCode::usage, "submit");
}

int submit(const SubmitOptions& options) {
  const RunOptions passed_on = read_run_arguments(options);
  check(options, passed_on);
  const Study study = load_study(options.job);
  const fs::path directory = fs::absolute(options.out.value_or(default_directory(study.job)));
  site::BatchOptions batch = options.batch;
  batch.name = study.job.name;
  batch.program = options.program ? options.program->string() : own_path().string();
  batch.arguments = run_arguments(options, directory);
  if (options.setup) batch.setup = fs::absolute(*options.setup).string();
  const std::string script = batch_script(batch);
  std::optional<std::string> id;
  if (!options.dry_run) id = submit_script(script);
  if (options.json)
    answer_in_json(script, id, directory);
  else if (id)
    tell_submitted(options, *id, directory);
  else
    write_output(script);
  return 0;
}

void add_resource_options(CLI::App& command, site::BatchOptions& batch) {
  command.add_option("--nodes", batch.nodes, "Nodes")
      ->check(CLI::Range(1, 1'000'000))
      ->type_name("N")
      ->capture_default_str();
  command
      .add_option("--cores-per-node", batch.cores_per_node,
                  "Cores of each node, a rank on each (default: whole nodes)")
      ->check(CLI::Range(1, 1'000'000))
      ->type_name("N");
  command
      .add_option("--gpus-per-node", batch.gpus_per_node,
                  "GPUs of each node, a rank on each; the run gets --device cuda unless it is "
                  "given another")
      ->check(CLI::Range(1, 1024))
      ->type_name("N");
  command
      .add_option("--time", batch.time,
                  fmt::format("Time limit of one allocation: {}; a number alone is minutes, as "
                              "Slurm has it",
                              kDurationForms))
      ->type_name("TIME");
  command.add_option("--partition", batch.partition, "Slurm partition")->type_name("NAME");
  command.add_option("--account", batch.account, "Slurm account")->type_name("NAME");
  command
      .add_option("--shards", batch.shards,
                  "A job array of so many independent runs, each on its share of the plan")
      ->check(CLI::Range(1, 100'000))
      ->type_name("N");
  command.add_option("--at-once", batch.at_once, "Shards that may run at the same time")
      ->check(CLI::Range(1, 100'000))
      ->type_name("N");
}

void add_script_options(CLI::App& command, const std::shared_ptr<SubmitOptions>& options) {
  site::BatchOptions& batch = options->batch;
  add_grace_option(command, batch.grace_s,
                   "Seconds before the time limit when the run is told to stop");
  command
      .add_option("--max-restarts", batch.max_restarts,
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
  command.add_option("--program", options->program, "crossfold on the nodes (default: this one)")
      ->type_name("FILE");
  command
      .add_option("--setup", options->setup,
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

void add_submit_command(CLI::App& program, Action& chosen) {
  CLI::App* command =
      program.add_subcommand("submit", "Write the batch script of a job and submit it to Slurm");
  command->footer(
      "The job stops before its time limit, asks for a restart while work is left, and goes on "
      "where\nit was. slurm/README.md says what else a site may do to it.\n"
      "Examples:\n  crossfold submit jobs/cxr.json --nodes 2 --cores-per-node 32 --time 04:00:00\n"
      "  crossfold submit jobs/cxr.json --gpus-per-node 4 --partition gpu --dry-run\n"
      "  crossfold submit jobs/cxr.json --shards 10 --cores-per-node 16 -- --coordinator "
      "dedicated");
  const auto options = std::make_shared<SubmitOptions>();  // shared by the parser and the action
  add_job_arguments(*command, options->job);
  command
      ->add_option("run_arguments", options->run_arguments,
                   "Behind --: more arguments of crossfold run")
      ->type_name("-- ARGUMENTS");
  command->add_option("-o,--out", options->out, "Run directory (default: the job's name with .run)")
      ->type_name("DIR");
  add_resource_options(*command, options->batch);
  add_script_options(*command, options);
  command->add_flag("--dry-run", options->dry_run,
                    "Print the script (with --json in the answer), submit nothing");
  command->add_flag("--json", options->json, "Answer in JSON");
  command->callback([options, &chosen] { chosen = [options] { return submit(*options); }; });
}

}  // namespace crossfold::cli
