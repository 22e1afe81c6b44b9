#include "crossfold/core/slurm_job.h"

#include <cstdlib>
#include <string_view>

namespace crossfold {
namespace {

std::string_view variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

SlurmJob slurm_job() {
  const std::string_view array = variable("SLURM_ARRAY_JOB_ID"),
                         task = variable("SLURM_ARRAY_TASK_ID"),
                         restarts = variable("SLURM_RESTART_COUNT");
  SlurmJob job{.id = std::string(variable("SLURM_JOB_ID")),
               .restarted = !restarts.empty() && restarts != "0"};
  if (!array.empty() && !task.empty()) job.id = std::string(array) + "_" + std::string(task);
  return job;
}

}  // namespace crossfold
