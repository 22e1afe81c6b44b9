#include "crossfold/study/status_view.h"

#include <algorithm>
#include <set>
#include <string>
#include <system_error>

#include "crossfold/core/directory.h"
#include "crossfold/results/shard_neighbours.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;

bool holds_run(const fs::path& directory) {
  std::error_code unreadable;  // is named by what reads the file
  return fs::exists(directory / "job.json", unreadable);
}

/// The whole plan's figures from its shards: each fit is in one of them.
void add_up_shards(StatusView& view) {
  for (const RunStatus& run : view.runs) {
    view.done += run.done;
    view.failed += run.failed;
  }
  view.name = view.runs.front().name;
  view.expected = view.runs.front().planned;
}

}  // namespace

std::size_t StatusView::missing() const { return expected - std::min(expected, done + failed); }

StatusView read_status_view(const fs::path& directory, std::int64_t now_s) {
  StatusView view;
  view.directory = directory;
  const bool merged_or_whole = holds_run(directory);
  std::set<ShardNumber> present;
  std::uint32_t of = 0;
  std::vector<RunStatus> shards;
  for (const FoundShard& shard : find_shards(directory)) {
    of = shard.number.of;
    if (!holds_run(shard.directory)) continue;
    shards.push_back(read_status(shard.directory, now_s));
    present.insert(shard.number);
  }
  for (std::uint32_t index = 1; index <= of; ++index)
    if (const ShardNumber number{.index = index, .of = of}; !present.contains(number))
      view.absent.push_back(number);

  std::vector<fs::path> directories;  // counts of two plans add up to nothing
  if (merged_or_whole) directories.push_back(directory);
  for (const RunStatus& shard : shards) directories.push_back(shard.directory);
  check_are_of_one_plan(directories);

  if (merged_or_whole || shards.empty()) view.runs.push_back(read_status(directory, now_s));
  view.runs.insert(view.runs.end(), shards.begin(), shards.end());
  if (merged_or_whole || shards.empty()) {
    const RunStatus& run = view.runs.front();
    view.name = run.name;
    view.expected = run.expected;
    view.done = run.done;
    view.failed = run.failed;
  } else {
    add_up_shards(view);
  }
  view.over = view.absent.empty() &&
              std::all_of(view.runs.begin(), view.runs.end(),
                          [](const RunStatus& run) { return run.state == RunState::finished; });
  return view;
}

bool is_yet_to_start(const fs::path& directory) {
  std::error_code unreadable;  // is named by what reads the directory
  if (fs::symlink_status(directory, unreadable).type() == fs::file_type::not_found) return true;
  if (!fs::is_directory(directory, unreadable) || holds_run(directory)) return false;
  for (const FoundShard& shard : find_shards(directory))
    if (holds_run(shard.directory)) return false;
  const std::vector<fs::path> entries = list_directory(directory);
  return std::all_of(entries.begin(), entries.end(), [](const fs::path& entry) {
    const std::string name = entry.filename().string();
    const bool is_temporary = name.starts_with('.') && name.ends_with(".tmp");
    return is_temporary || name == "lock" || name == "shards" || name == "samples.json" ||
           name == "plan.json" || name == "splits.csv";
  });
}

}  // namespace crossfold
