#include "job_arguments.h"

#include "crossfold/job/names.h"

#include "choice_option.h"
#include "number_option.h"

namespace crossfold::cli {
namespace {

Choices<EngineKind> engine_choices() {
  Choices<EngineKind> choices;
  for (const std::string& name : network_engines())
    choices.emplace_back(name, static_cast<EngineKind>(choices.size()));
  return choices;
}

}  // namespace

void add_job_arguments(CLI::App& command, JobArguments& arguments) {
  command.add_option("job", arguments.job, "Job file (data-schemas/job.schema.json)")
      ->required()
      ->type_name("JOB");
  command
      .add_option("--store", arguments.store,
                  "Embedding store to use instead of the one that the job names")
      ->type_name("FILE");
  command
      .add_option("--warm-start", arguments.warm_start,
                  "Run directory of another job: fits that are completed there and are the same "
                  "here are taken over and not trained; instead of what the job says")
      ->type_name("DIR");
  add_choice<EngineKind>(command, "--engine", arguments.engine, engine_choices(),
                         "What trains the networks, instead of what the job says: lockstep (a "
                         "cohort at a time, default) or reference (LibTorch's autograd)");
  add_number(command, "--cohort", arguments.cohort, NumberBounds{1, kLargestCohort},
             "Fits trained together at most, instead of what the job says (default 8); the "
             "numbers do not depend on it")
      ->type_name("N");
}

}  // namespace crossfold::cli
