#include "layout.h"

#include <system_error>

#include "crossfold/core/error.h"
#include "crossfold/results/shards.h"

namespace crossfold {

namespace fs = std::filesystem;

RunLayout existing_run(const fs::path& directory) {
  RunLayout layout{directory};
  std::error_code unreadable;  // is named by what reads the file
  CF_VALIDATE(fs::is_directory(directory, unreadable), ErrorCode::io,
              "is no folder. name the --out folder of a run", directory.string());
  const bool holds_job = fs::exists(layout.job(), unreadable);
  CF_VALIDATE(
      holds_job || find_shards(directory).empty(), ErrorCode::bad_input,
      "holds shards that were not taken together yet. `crossfold run` with the same job and --out, "
      "and --merge, does that",
      directory.string());
  CF_VALIDATE(
      holds_job, ErrorCode::bad_input,
      "is no run directory of crossfold (job.json is missing). name the --out folder of a run",
      directory.string());
  return layout;
}

}  // namespace crossfold
