#include "job_arguments.h"

#include <map>
#include <string>

namespace crossfold::cli {

void add_job_arguments(CLI::App& command, JobArguments& arguments) {
  command.add_option("job", arguments.job, "Job file (data-schemas/job.schema.json)")
      ->required()
      ->type_name("JOB");
  command
      .add_option("--store", arguments.store,
                  "Embedding store to use instead of the one that the job names")
      ->type_name("FILE");
  command
      .add_option("--engine", arguments.engine,
                  "What trains the networks, instead of what the job says: lockstep (a cohort at a "
                  "time, default) or reference (LibTorch's autograd)")
      ->transform(CLI::CheckedTransformer(std::map<std::string, EngineKind>{
          {"lockstep", EngineKind::lockstep}, {"reference", EngineKind::reference}}))
      ->type_name("ENGINE");
  command
      .add_option("--cohort", arguments.cohort,
                  "Fits trained together at most, instead of what the job says (default 8); the "
                  "numbers do not depend on it")
      ->check(CLI::Range(1, kLargestCohort))
      ->type_name("N");
}

}  // namespace crossfold::cli
