#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "crossfold/core/ids.h"
#include "crossfold/fleet/placement.h"
#include "crossfold/mpi/run_fleet.h"
#include "crossfold/mpi/session.h"
#include "crossfold/plan/fit_result.h"
#include "crossfold/results/fit_record.h"
#include "crossfold/results/run_records.h"
#include "crossfold/study/rank_session.h"
#include "crossfold/study/run_control.h"
#include "crossfold/study/study.h"
#include "crossfold/study/time_limits.h"
#include "crossfold/study/worker_setup.h"
#include "crossfold/train/engine.h"

namespace crossfold {

/// Fits of a study that are to be trained again.
struct ReplayRequest {
  Study study;
  std::vector<FitId> fits;
};

/// How they are to be trained, beside what they are. The same on every rank.
struct ReplaySettings {
  std::optional<EngineKind> engine = {};      ///< none: the job's
  std::optional<std::uint32_t> workers = {};  ///< started alone; none: one a device
  mpi::CoordinatorMode coordinator = mpi::CoordinatorMode::working;
  DeviceChoice device = DeviceChoice::automatic;
  Pinning pinning = Pinning::on;
  InstructionSet instruction_set = best_instruction_set();
  TimeLimits times = {};
  EngineFactory engines = make_engine;
};

/// A fit trained again.
struct ReplayedFit {
  FitResult result;  ///< with the artefacts that its job keeps, or why it failed
  Origin origin;     ///< the class is empty where it failed
};

struct ReplayOutcome {
  EngineKind engine = EngineKind::lockstep;
  std::vector<ReplayedFit> fits;  ///< in the order in which they were asked for
  bool stopped = false;           ///< on request or in time: some are missing
};

/// The study that a run directory records, as it was planned. `store`: where the embedding sets lie
/// now; none: where the job names them. Error{io} where its splits file cannot be read.
[[nodiscard]] Study recorded_study(const std::filesystem::path& run, const RunRecords& records,
                                   const std::optional<std::filesystem::path>& store);

/// Trains fits again, over threads or the ranks of `session`, and writes nothing. Collective: every
/// rank calls it, with `asked` as read_early() gave it (empty but on rank 0). The outcome on rank
/// 0, nothing elsewhere. Error{bad_input} on all ranks where the store holds other numbers than the
/// study was planned on, or a fit is none of its plan.
[[nodiscard]] std::optional<ReplayOutcome> replay_fits(mpi::Session& session, fleet::Launch launch,
                                                       const ReadEarly<ReplayRequest>& asked,
                                                       const ReplaySettings& settings,
                                                       const RunControl& control);

}  // namespace crossfold
