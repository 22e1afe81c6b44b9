#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "crossfold/fleet/placement.h"
#include "crossfold/mpi/run_fleet.h"
#include "crossfold/mpi/session.h"
#include "crossfold/plan/stages.h"
#include "crossfold/results/run_directory.h"
#include "crossfold/results/shards.h"
#include "crossfold/study/rank_session.h"
#include "crossfold/study/run_control.h"
#include "crossfold/study/study.h"
#include "crossfold/study/time_limits.h"
#include "crossfold/study/worker_setup.h"

namespace crossfold {

/// How a study is to be run, beside what it is.
struct RunSettings {
  std::optional<std::filesystem::path> directory = {};  ///< of the run; none: default_directory()
  std::optional<std::uint32_t> workers = {};            ///< started alone; none: one a device
  std::optional<ShardNumber> shard = {};  ///< a share of the plan, in a place of its own
  Repairs repairs = {};
  mpi::CoordinatorMode coordinator = mpi::CoordinatorMode::working;
  DeviceChoice device = DeviceChoice::automatic;
  Pinning pinning = Pinning::on;
  InstructionSet instruction_set = best_instruction_set();
  TimeLimits times = {};
  StageRuleFactory stage_rule = make_stage_rule;  ///< another one only in tests
};

/// The run directory where none is named: the job's name with ".run", in the working folder.
[[nodiscard]] std::filesystem::path default_directory(const Job& job);

/// Trains what is not yet done of a study, over threads or the ranks of `session`, and records it;
/// writes the final files when all is done. Collective: every rank calls it, with `loaded` as
/// read_early() gave it. Returns this rank's exit code: 0, 1 (fits failed), 75 (stopped, work
/// left). Errors end all ranks; those that only rank 0 can have at the end are told there.
[[nodiscard]] int run_study(mpi::Session& session, fleet::Launch launch, ReadEarly<Study> loaded,
                            const RunSettings& settings, const RunControl& control);

}  // namespace crossfold
