#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "crossfold/fleet/fleet.h"
#include "crossfold/fleet/group_commit_sink.h"
#include "crossfold/results/run_directory.h"
#include "crossfold/results/shards.h"
#include "crossfold/study/run_control.h"
#include "crossfold/study/study.h"
#include "crossfold/study/time_limits.h"
#include "crossfold/study/worker_setup.h"

#include "fit_runner.h"
#include "record_keeper.h"
#include "remaining_work.h"
#include "run_heartbeat.h"

namespace crossfold {

/// The coordinator's side of one `run`: opens the directory, keeps what comes in, shows how far it
/// is, and closes the run with results.h5 and provenance.json.
class RunSession {
 public:
  /// `directory` is the whole run's; a shard works in its own place below it. `study` and
  /// `control` must outlive it.
  RunSession(const Study& study, const std::filesystem::path& directory,
             std::optional<ShardNumber> shard, Repairs repairs, const RunControl& control);

  [[nodiscard]] RemainingWork& remaining() { return *remaining_; }
  /// Where the workers are to write; made here.
  [[nodiscard]] SegmentFolder begin_segments();

  /// Says who works, in log and journal, and starts the clock. `launch` is how it was started
  /// ("alone", "mpi").
  void begin(const std::string& launch, std::uint32_t workers, const WorkerSetup& setup);
  [[nodiscard]] fleet::Sink& sink() { return *sink_; }
  [[nodiscard]] fleet::FleetOptions fleet_options();
  /// Writes the final files when all is done, sums up, and returns the exit code. Error{usage} when
  /// the time limit was too short for any fit.
  [[nodiscard]] int finish(const fleet::FleetReport& report, const TimeLimits& times);

 private:
  void show_progress(const fleet::Coordinator& coordinator);
  [[nodiscard]] std::size_t total() const { return expected_; }
  [[nodiscard]] std::optional<ShardShare> share() const;

  const Study* study_;
  std::optional<ShardNumber> shard_;
  std::filesystem::path path_;
  RunDirectory directory_;
  std::size_t expected_ = 0;  ///< distinct fits of the plan, or of our share
  std::optional<RemainingWork> remaining_;
  std::size_t already_done_ = 0;
  RunTally tally_;
  RecordKeeper keeper_;
  const RunControl* control_;
  std::chrono::steady_clock::time_point start_;
  std::optional<RunHeartbeat> heartbeat_;
  std::optional<fleet::GroupCommitSink> sink_;  // last: its thread uses the keeper
};

}  // namespace crossfold
