#include "run_argument.h"

#include "crossfold/core/error.h"
#include "crossfold/results/shards.h"

namespace crossfold::cli {

void refuse_unmerged_shards(const std::filesystem::path& directory) {
  CF_VALIDATE(
      std::filesystem::exists(directory / "job.json") || find_shards(directory).empty(),
      ErrorCode::bad_input,
      "holds shards that were not taken together yet. `crossfold run` with the same job and "
      "--out, and --merge, does that",
      directory.string());
}

RunRecords load_merged_run(const std::filesystem::path& directory) {
  refuse_unmerged_shards(directory);
  return load_run(directory);
}

}  // namespace crossfold::cli
