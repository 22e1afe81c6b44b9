#pragma once

#include <optional>

#include "crossfold/train/engine.h"

#include "cohort_kernels.h"
#include "network_scores.h"

namespace crossfold::train {

/// A fit whose training has ended: all that its scores are computed from. No device has a part in
/// them.
struct TrainedFit {
  const FitTask* task = nullptr;
  EncodedSamples samples;
  LogisticModel class_head;
  std::optional<HeadSolve> probe;  ///< on z', where the experiment probes a label
  FitOutcome* outcome = nullptr;
};

/// Completes the outcome: scores, the time that they took, and what they fail with.
void score_trained(const TrainedFit& fit, InstructionSet set);

}  // namespace crossfold::train
