#include "job_arguments.h"

namespace crossfold::cli {

void add_job_arguments(CLI::App& command, JobArguments& arguments) {
  command.add_option("job", arguments.job, "Job file (data-schemas/job.schema.json)")
      ->required()
      ->type_name("JOB");
  command
      .add_option("--store", arguments.store,
                  "Embedding store to use instead of the one that the job names")
      ->type_name("FILE");
}

}  // namespace crossfold::cli
