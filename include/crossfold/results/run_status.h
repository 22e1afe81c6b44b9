#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "crossfold/plan/stages.h"
#include "crossfold/results/heartbeat.h"
#include "crossfold/results/session.h"

namespace crossfold {

enum class RunState {
  not_started,  ///< the directory is there, nobody has started to train
  running,
  unresponsive,  ///< started and neither ended nor was heard of lately: killed, or cut off
  interrupted,   ///< likewise, and nobody is at work there: killed, or ended by an error
  stopped,       ///< ended on request with work left
  finished,      ///< ended with nothing left to do; fits that failed are possible
};

/// One run, from its begin to its end or death.
struct SessionStatus {
  std::string started;  ///< "2026-01-31T23:59:59Z"
  std::string host;     ///< of the coordinator
  std::uint32_t workers = 0;
  std::optional<ShardShare> shard;
  bool merges = false;  ///< takes fits over from shards: trains nothing, leaves no heartbeat
  struct End {
    std::string time;
    bool stopped = false;
    double seconds = 0;
    std::size_t trained = 0;
  };
  std::optional<End> end;
};

/// How a run directory stands. What is expected of a shard is its share.
struct RunStatus {
  std::filesystem::path directory;
  std::string name;  ///< of the job
  RunState state = RunState::not_started;
  std::size_t planned = 0;  ///< distinct fits of the plan
  /// Those of them that are for this directory and, where candidates race, were not given up.
  std::size_t expected = 0;
  std::size_t done = 0;   ///< of those expected
  std::size_t spare = 0;  ///< completed, but of candidates that were given up before they counted
  /// But for candidates that were given up; those of a shard may be of another shard.
  std::size_t failed = 0;
  std::vector<StageRecord> races;  ///< the latest stage of each, in the order they were started
  std::vector<SessionStatus> sessions;
  /// Of the session that is alive or fell silent.
  std::optional<Heartbeat> heartbeat;
  double silence_s = 0;  ///< since the last heartbeat of such a session

  /// Neither done nor failed.
  [[nodiscard]] std::size_t missing() const;
  /// How often training was begun again.
  [[nodiscard]] std::size_t restarts() const;
};

/// Reads plan, journal and heartbeat, at any time and from any node. `now_s`: seconds since 1970.
/// Errors as load_run.
[[nodiscard]] RunStatus read_status(const std::filesystem::path& directory, std::int64_t now_s);

}  // namespace crossfold
