#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

#include "crossfold/fleet/fleet.h"
#include "crossfold/fleet/group_commit_sink.h"
#include "crossfold/results/run_directory.h"
#include "crossfold/results/shards.h"
#include "crossfold/results/warm_start.h"
#include "crossfold/study/run_control.h"
#include "crossfold/study/run_study.h"
#include "crossfold/study/study.h"
#include "crossfold/study/time_limits.h"
#include "crossfold/study/worker_setup.h"

#include "fit_runner.h"
#include "forecast.h"
#include "run_heartbeat.h"
#include "run_recorder.h"
#include "staged_work.h"

namespace crossfold {

/// The coordinator's side of one `run`: opens the directory, keeps what comes in, shows how far it
/// is, and closes the run with results.h5 and provenance.json.
class RunSession {
 public:
  /// `directory` is the whole run's; a shard works in its own place below it. `study` and
  /// `control` must outlive it; candidates drawn on the way are added to the study's job and plan.
  /// Error{bad_input} also for a shard of a study whose plan has chains.
  RunSession(Study& study, const std::filesystem::path& directory, const RunSettings& settings,
             const RunControl& control);
  ~RunSession();  ///< what was not written yet, a worker that was lost say, still is
  RunSession(const RunSession&) = delete;
  RunSession& operator=(const RunSession&) = delete;

  [[nodiscard]] StagedWork& work() { return *work_; }
  /// Fits to train, those of stages to come too, if nobody is given up any more.
  [[nodiscard]] std::size_t fits_left() const { return work_->fits() + fits_to_come(); }
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
  /// Begins with the stages that the directory tells of.
  void take_stages();
  /// Stages that results known at the beginning permit, once `tell` has told them.
  void decide_at_first(const std::function<void()>& tell);
  /// Takes over what the warm start has; where candidates are drawn by results, in turns.
  void take_over();
  void note_abandoned();
  void note_stage(const Stage& stage);
  void show_progress(const fleet::Coordinator& coordinator);
  /// Fits done, or given to workers, that count or may yet count.
  [[nodiscard]] std::size_t known_fits() const { return already_done_ + work_->fits() - spare_; }
  /// Distinct fits of the plan, or of our share; where candidates race, at most.
  [[nodiscard]] std::size_t total() const { return known_fits() + fits_to_come(); }
  /// Fits that stages to come can add at most.
  [[nodiscard]] std::size_t fits_to_come() const {
    return at_most_ > known_fits() ? at_most_ - known_fits() : 0;
  }
  [[nodiscard]] std::unordered_set<FitId> fits_that_may_count() const;
  void count_fits();
  /// What races are expected to ask for, by what is recorded.
  void foresee();
  /// Whether a fit failed here that a table counts: not one that was trained ahead in vain.
  [[nodiscard]] bool lacks_fits() const;
  void note_losses(const fleet::Coordinator& coordinator);
  /// Seconds per cost in earlier sessions of this run.
  [[nodiscard]] WorkSoFar::Paces pace_before() const;
  [[nodiscard]] WorkSoFar work_so_far(const fleet::Coordinator& coordinator);
  /// Of this run's work, 0 to 1, by cost.
  [[nodiscard]] double share_done() const;
  [[nodiscard]] std::optional<ShardShare> share() const;

  Study* study_;
  std::optional<ShardNumber> shard_;
  std::filesystem::path path_;
  std::unordered_set<FitId> ours_;  ///< of the shard; without one empty
  std::unique_ptr<WarmStart> warm_start_;
  RunDirectory directory_;
  std::unordered_set<FitId> done_at_first_;
  StageRuleFactory make_rule_;
  RaceForesight foresight_;
  std::unique_ptr<StageRule> rule_;
  std::optional<Stages> stages_;
  std::vector<Stage> decided_at_first_;  ///< by what the directory held
  std::unordered_set<FitId> abandoned_;  ///< failed before their candidate was given up
  std::optional<StagedWork> work_;
  std::size_t already_done_ = 0;  ///< of done_at_first_, those that may still count
  std::size_t at_most_ = 0;       ///< fits_at_most(); 0 without chains
  std::size_t spare_ = 0;         ///< trained ahead, of candidates that were then given up
  RunCounters counters_;
  std::vector<FitId> failed_;  ///< by this run; of the sink's thread until finish()
  RunRecorder recorder_;
  const RunControl* control_;
  std::chrono::steady_clock::time_point start_;
  std::optional<std::chrono::steady_clock::time_point> work_start_;  ///< of the first item
  WorkSoFar::Paces pace_before_{};
  CostToCome to_come_;            ///< of stages to come
  std::size_t looked_at_ = 0;     ///< fits recorded, when the races were last looked at
  std::vector<Stage> latest_;     ///< stage of each chain
  std::string at_;                ///< see ProgressState::at
  std::set<std::uint32_t> lost_;  ///< ranks noted in the journal
  std::optional<RunHeartbeat> heartbeat_;
  std::optional<fleet::GroupCommitSink> sink_;  // last: its thread uses the recorder
};

}  // namespace crossfold
