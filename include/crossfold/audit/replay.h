#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "crossfold/core/ids.h"
#include "crossfold/results/run_records.h"
#include "crossfold/study/replay.h"

namespace crossfold::audit {

class RunEvidence;

/// Which fits an auditor has trained again.
struct ReplayDraw {
  std::size_t fits = 59;  ///< so many, or all where the run has fewer
  std::string nonce;      ///< chosen by the auditor, once the run can no longer be changed
};

/// Fits of a run trained again.
struct Replay {
  ReplayDraw draw;
  std::size_t of = 0;             ///< distinct fits that they were drawn from
  std::vector<FitId> drawn = {};  ///< in the order of the draw
  ReplayOutcome outcome = {};     ///< of these; all of them unless stopped
  std::string why_none = {};      ///< nothing could be trained again; else empty
};

/// Distinct fits that a run records as trained: what its tables rest on.
[[nodiscard]] std::vector<FitId> trained_fits(const RunRecords& records);

/// Those of the trained fits for which the SHA-256 of plan hash (hexadecimal), nonce and fit id
/// (hexadecimal), written behind one another, is smallest: nobody who does not know the nonce can
/// say which, and anybody who does can draw them again.
[[nodiscard]] std::vector<FitId> draw_fits(const RunRecords& records, const ReplayDraw& draw);

/// Collective. Draws fits of the run on rank 0, trains them again by all ranks and hands the
/// outcome to `evidence` (null but on rank 0). Where that cannot be (the store is missing or
/// another one), the rules that ask for it are not assessed and say why. Errors of the fleet itself
/// pass.
void add_replay(mpi::Session& session, fleet::Launch launch, RunEvidence* evidence,
                const ReplayDraw& draw, const ReplaySettings& settings, const RunControl& control);

}  // namespace crossfold::audit
