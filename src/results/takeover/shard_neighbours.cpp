#include "crossfold/results/shard_neighbours.h"

#include <string>
#include <system_error>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/core/validation_errors.h"
#include "crossfold/samples/experiment_samples.h"

#include "layout.h"
#include "run_inputs.h"
#include "same_run.h"

namespace crossfold {

namespace fs = std::filesystem;

void check_shares_plan(const fs::path& directory, const Job& job, const SampleTable& samples,
                       const Plan& plan) {
  const RunLayout layout{directory};
  std::error_code unreadable;  // is named by what reads the file
  if (!fs::exists(layout.plan(), unreadable) || !fs::exists(layout.job(), unreadable)) return;
  ValidationErrors errors;
  const SampleTable table = with_roles(samples, job.roles, errors);
  CF_EXPECT(errors.empty());  // the plan would not stand otherwise
  check_is_same_plan(layout, recorded(job, layout), table, plan);
  check_has_same_ids(layout, table);
}

void check_are_of_one_plan(const std::vector<fs::path>& directories) {
  if (directories.empty()) return;
  const fs::path& first = directories.front();
  const std::string hash = recorded_plan_hash(RunLayout{first});
  ValidationErrors errors;
  for (const fs::path& directory : directories)
    if (recorded_plan_hash(RunLayout{directory}) != hash)
      errors.add(
          directory.string(),
          fmt::format("is of another job, other data or another protocol than {} (their plan "
                      "hashes differ, so no merge takes them together). remove the one that "
                      "does not belong here, and run that shard again",
                      first.string()));
  errors.throw_if_any(ErrorCode::bad_input, "shards");
}

}  // namespace crossfold
