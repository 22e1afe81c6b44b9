#include "crossfold/results/shards.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "crossfold/core/directory.h"
#include "crossfold/core/error.h"
#include "crossfold/core/files.h"

#include "own_files.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;

fs::path shards_folder(const fs::path& run) { return run / "shards"; }

std::optional<std::uint32_t> number_in(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<ShardNumber> shard_called(const std::string& name) {
  const std::string between = "-of-";
  const auto at = name.find(between);
  if (at == std::string::npos) return std::nullopt;
  const auto index = number_in(std::string_view(name).substr(0, at));
  const auto of = number_in(std::string_view(name).substr(at + between.size()));
  if (!index || !of || *index < 1 || *index > *of) return std::nullopt;
  const ShardNumber shard{.index = *index, .of = *of};
  if (name_of(shard) != name) return std::nullopt;  // "02-of-3"
  return shard;
}

}  // namespace

std::string name_of(const ShardNumber& shard) {
  return fmt::format("{}-of-{}", shard.index, shard.of);
}

fs::path shard_directory(const fs::path& run, const ShardNumber& shard) {
  return shards_folder(run) / name_of(shard);
}

std::optional<ShardNumber> shard_in(const fs::path& directory) {
  if (directory.parent_path().filename() != "shards") return std::nullopt;
  return shard_called(directory.filename().string());
}

void check_home_of_shards(const fs::path& run) {
  const RunLayout layout{fs::absolute(run)};
  std::error_code error;  // what cannot be looked at is named when it is written to
  if (fs::is_directory(layout.root, error) && !holds_run(layout)) check_is_free(layout, {});
}

std::vector<FoundShard> find_shards(const fs::path& run) {
  std::vector<FoundShard> found;
  for (const fs::path& entry : list_directory_if_there(shards_folder(run)))
    if (const auto number = shard_called(entry.filename().string()))
      found.push_back({.number = *number, .directory = entry});
  std::sort(found.begin(), found.end(),
            [](const FoundShard& a, const FoundShard& b) { return a.number < b.number; });
  for (const FoundShard& shard : found)
    CF_VALIDATE(shard.number.of == found.front().number.of, ErrorCode::bad_input,
                fmt::format("holds {} and {} (shards of two divisions overlap). remove the folders "
                            "of one",
                            name_of(found.front().number), name_of(shard.number)),
                shards_folder(run).string());
  return found;
}

}  // namespace crossfold
