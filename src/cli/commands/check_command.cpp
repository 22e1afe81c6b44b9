#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "crossfold/core/standard_output.h"
#include "crossfold/core/text_of_json.h"
#include "crossfold/job/job_json.h"
#include "crossfold/plan/plan_warnings.h"
#include "crossfold/study/study.h"

#include "command.h"
#include "job_arguments.h"
#include "warm_start_answer.h"

namespace crossfold::cli {
namespace {

struct CheckOptions {
  JobArguments job;
  bool json = false;
};

int check(const CheckOptions& options) {
  const Study study = load_study(options.job);
  const std::optional<SharedFits> shared = shared_fits(study);
  if (options.json) {
    nlohmann::json answer{{"format", "crossfold-check"},
                          {"format_version", 1},
                          {"sound", true},
                          {"job_sha256", job_hash(study.job)},
                          {"plan_sha256", study.plan.hash.hex()},
                          {"fits", study.plan.fits.size()},
                          {"notes", study.plan.basis.notes},
                          {"warnings", plan_warnings(study.job, study.plan.basis)}};
    if (shared) answer["warm_start"] = warm_start_json(study, *shared);
    write_output(json_text(answer, 1) + "\n");
    return 0;
  }
  write_output(
      fmt::format("{}: sound. {} experiment(s), {} embedding set(s), {} fits over {} samples\n",
                  options.job.job.string(), study.job.experiments.size(),
                  study.job.embeddings.size(), study.plan.fits.size(), study.samples.size()));
  for (const std::string& note : study.plan.basis.notes)
    write_output(fmt::format("note: {}\n", note));
  for (const std::string& warning : plan_warnings(study.job, study.plan.basis))
    write_output(fmt::format("WARNING: {}\n", warning));
  if (shared) print_warm_start(study, *shared);
  return 0;
}

}  // namespace

void add_check_command(CLI::App& program, Action& chosen) {
  CLI::App* command =
      program.add_subcommand("check", "Read a job and its store strictly and name every error");
  command->footer("Trains nothing. Example:\n  crossfold check jobs/cxr.json");
  const auto options = std::make_shared<CheckOptions>();  // shared by the parser and the action
  add_job_arguments(*command, options->job);
  command->add_flag("--json", options->json, "Answer in JSON");
  command->callback([options, &chosen] { chosen = [options] { return check(*options); }; });
}

}  // namespace crossfold::cli
