#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "crossfold/core/ids.h"

namespace crossfold {

// What each rank did when, from the journal's lines of cohorts and lost workers. Times are seconds
// since 1970: those of cohorts by the clocks of the workers' hosts, the others by the
// coordinator's; nothing is done about clocks that differ.

/// A cohort on the rank that trained it.
struct TimelineCohort {
  double start_s = 0;
  double end_s = 0;
  double write_s = 0;       ///< at its end: encoding and appending artefacts; the rest is training
  std::size_t fits = 0;     ///< that succeeded
  std::uint32_t stage = 0;  ///< index into Timeline::stages
  FitId first_fit;
};

struct TimelineRank {
  std::uint32_t rank = 0;
  std::string host;  ///< empty where nothing is recorded of it
  std::string device;
  std::vector<TimelineCohort> cohorts;  ///< by start
  std::optional<double> lost_s;         ///< when it was declared lost
};

/// How the time of a rank, or of several, was spent. Seconds.
struct TimeShares {
  double train_s = 0;
  double write_s = 0;
  double wait_s = 0;  ///< neither; also what was under way when the run was killed
  double lost_s = 0;  ///< from its loss to the session's end
  std::size_t cohorts = 0;
  std::size_t fits = 0;

  [[nodiscard]] double total_s() const { return train_s + write_s + wait_s + lost_s; }
  TimeShares& operator+=(const TimeShares& other);
};

/// One run, or run of a shard, from its start to its end or death.
struct TimelineSession {
  enum class End { completed, stopped, none };
  std::string started;  ///< "2026-01-31T23:59:59Z"
  std::string shard;    ///< "2-of-3"; empty: none
  std::string host;     ///< of the coordinator
  double start_s = 0;
  double end_s = 0;  ///< without an end the last thing that is recorded
  End end = End::none;
  std::uint32_t workers = 0;        ///< that were started; of some nothing may be recorded
  std::vector<TimelineRank> ranks;  ///< by rank
};

struct Timeline {
  std::string name;                 ///< of the job
  std::vector<std::string> stages;  ///< in words: "task", "task, rung 2", "task, generation 3"
  std::vector<TimelineSession> sessions;  ///< those that train, in their order

  [[nodiscard]] std::size_t cohorts() const;
};

/// What a rank did in its session.
[[nodiscard]] TimeShares shares_of(const TimelineSession& session, const TimelineRank& rank);
/// All of its ranks together.
[[nodiscard]] TimeShares shares_of(const TimelineSession& session);
[[nodiscard]] TimeShares shares_of(const Timeline& timeline);

/// Reads the journals of a run and of the shards that lie in it, at any time; sessions of shards
/// come behind those of the run, by shard. A run of an earlier program has sessions without
/// cohorts. Errors as load_run and find_shards.
[[nodiscard]] Timeline load_timeline(const std::filesystem::path& directory);

}  // namespace crossfold
