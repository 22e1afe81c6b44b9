#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "crossfold/plan/plan.h"
#include "crossfold/results/run_directory.h"

namespace crossfold {

/// One of several runs that share a plan. Each has a journal of its own, in the directory
/// `shards/2-of-3` of the run that they belong to.
struct ShardNumber {
  std::uint32_t index = 1;  ///< 1 to `of`
  std::uint32_t of = 1;
  auto operator<=>(const ShardNumber&) const = default;
};

/// "2-of-3".
[[nodiscard]] std::string name_of(const ShardNumber& shard);
[[nodiscard]] std::filesystem::path shard_directory(const std::filesystem::path& run,
                                                    const ShardNumber& shard);

/// Error{bad_input} when a folder is there that is neither a run of crossfold nor free for one.
void check_home_of_shards(const std::filesystem::path& run);

/// The shard whose directory this is, by its name and the one above; nothing for any other.
[[nodiscard]] std::optional<ShardNumber> shard_in(const std::filesystem::path& directory);

struct FoundShard {
  ShardNumber number;
  std::filesystem::path directory;
};
/// The shards that lie in a run directory, by number. Error{bad_input} when they are not parts of
/// one division.
[[nodiscard]] std::vector<FoundShard> find_shards(const std::filesystem::path& run);

/// What a merge found.
struct MergeReport {
  std::uint32_t of = 0;                 ///< shards there should be; 0: no shard was found
  std::size_t taken = 0;                ///< fits that were not in the run yet
  std::vector<ShardNumber> absent;      ///< shards without a directory or a journal
  std::vector<std::string> unfinished;  ///< a line for each shard that is not at its end
};

/// Takes what the shards of a run have done together.
class ShardMerge {
 public:
  /// Reads the shards of `run`. Error{bad_input} naming everything that is wrong: a shard of
  /// another job or data, a directory in which another share was worked on, a fit in two shards,
  /// artefacts that are missing or damaged. `job` and `plan` must outlive it.
  ShardMerge(const std::filesystem::path& run, const Job& job, const Plan& plan);
  ~ShardMerge();
  ShardMerge(const ShardMerge&) = delete;
  ShardMerge& operator=(const ShardMerge&) = delete;

  /// Takes over what `into`, the run, opened, still lacks, artefacts too. Does nothing twice; one
  /// that was killed goes on where it was.
  MergeReport take_into(RunDirectory& into);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace crossfold
