#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "crossfold/results/run_status.h"
#include "crossfold/results/shards.h"

namespace crossfold {

/// A run directory and the shards in it.
struct StatusView {
  std::filesystem::path directory;
  std::string name;
  std::size_t expected = 0;  ///< distinct fits of the whole plan
  std::size_t done = 0;
  std::size_t failed = 0;
  bool over = false;            ///< nothing is left to wait for
  std::vector<RunStatus> runs;  ///< the run itself, where it has started, then its shards
  std::vector<ShardNumber> absent;

  [[nodiscard]] std::size_t missing() const;
};

/// Errors as read_status, and those of find_shards.
[[nodiscard]] StatusView read_status_view(const std::filesystem::path& directory,
                                          std::int64_t now_s);

/// Whether nothing is there yet but what a run writes before its plan is complete, or not even a
/// directory.
[[nodiscard]] bool is_yet_to_start(const std::filesystem::path& directory);

}  // namespace crossfold
