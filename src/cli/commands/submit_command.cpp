#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "crossfold/core/error.h"
#include "crossfold/core/log.h"
#include "crossfold/core/standard_output.h"
#include "crossfold/core/text_of_json.h"
#include "crossfold/core/validation_errors.h"
#include "crossfold/site/batch_script.h"
#include "crossfold/site/tool.h"
#include "crossfold/study/run_study.h"
#include "crossfold/study/study.h"

#include "command.h"
#include "own_path.h"
#include "submit_options.h"

namespace crossfold::cli {
namespace {

namespace fs = std::filesystem;

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

int submit(const SubmitOptions& options) {
  ValidationErrors errors;
  check_submit_options(options, read_run_arguments(options), errors);
  errors.throw_if_any(ErrorCode::usage, "submit");
  const Study study = load_study(options.job);
  const fs::path directory = fs::absolute(options.out.value_or(default_directory(study.job)));
  const std::string script =
      batch_script(batch_options(options, study.job.name, directory, own_path()));
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
  add_submit_options(*command, *options);
  command->callback([options, &chosen] { chosen = [options] { return submit(*options); }; });
}

}  // namespace crossfold::cli
