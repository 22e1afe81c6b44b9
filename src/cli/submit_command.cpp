#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "crossfold/core/error.h"
#include "crossfold/core/log.h"
#include "crossfold/job/names.h"
#include "crossfold/site/batch_script.h"
#include "crossfold/site/tool.h"

#include "command.h"
#include "job_arguments.h"
#include "own_path.h"
#include "run_session.h"
#include "study.h"

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
  const std::string id = answer->out.substr(0, answer->out.find_first_of(";\n"));
  if (!answer->err.empty()) log_warning("sbatch: " + answer->err);
  return id;
}

void tell_submitted(const SubmitOptions& options, const std::string& id,
                    const fs::path& directory) {
  fmt::print("submitted job {}\nwatch it: crossfold status {} --watch\n", id,
             site::shell_word(directory.string()));
  if (options.batch.shards)
    fmt::print("when all shards have ended: crossfold run {} --out {} --merge\n",
               site::shell_word(options.job.job.string()), site::shell_word(directory.string()));
}

int submit(const SubmitOptions& options) {
  const Study study = load_study(options.job);
  const fs::path directory = fs::absolute(options.out.value_or(default_directory(study.job)));
  site::BatchOptions batch = options.batch;
  batch.name = study.job.name;
  batch.program = options.program ? options.program->string() : own_path().string();
  batch.arguments = run_arguments(options, directory);
  if (options.setup) batch.setup = fs::absolute(*options.setup).string();
  const std::string script = batch_script(batch);
  if (options.dry_run) {
    fmt::print("{}", script);
    return 0;
  }
  const std::string id = submit_script(script);
  if (options.json) {
    const nlohmann::json answer{{"format", "crossfold-submit"},
                                {"format_version", 1},
                                {"slurm_job", id},
                                {"directory", directory.string()},
                                {"script", script}};
    fmt::print("{}\n", answer.dump(1));
  } else {
    tell_submitted(options, id, directory);
  }
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
  command.add_option("--gpus-per-node", batch.gpus_per_node, "GPUs of each node, a rank on each")
      ->check(CLI::Range(1, 1024))
      ->type_name("N");
  command.add_option("--time", batch.time, "Time limit of one allocation, 02:00:00 say")
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
  command
      .add_option("--grace", batch.grace_s,
                  "Seconds before the time limit when the run is told to stop")
      ->check(CLI::Range(1, 65'535))
      ->type_name("SECONDS")
      ->capture_default_str();
  command
      .add_option("--max-restarts", batch.max_restarts,
                  "How often the script asks for a restart at most")
      ->type_name("N")
      ->capture_default_str();
  command.add_option("--launcher", batch.launcher, "mpirun (default) or srun")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, Launcher>{{"mpirun", Launcher::mpirun}, {"srun", Launcher::srun}}))
      ->type_name("NAME");
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
  command->add_flag("--dry-run", options->dry_run, "Print the script, submit nothing");
  command->add_flag("--json", options->json, "Answer in JSON");
  command->callback([options, &chosen] { chosen = [options] { return submit(*options); }; });
}

}  // namespace crossfold::cli
