#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "crossfold/plan/fit_result.h"
#include "crossfold/stats/scores.h"

namespace crossfold::audit {

/// What is not the same in two results of one fit, bit for bit: "held_out/auc: 0.91 recorded, 0.93
/// again", "probabilities of the held-out fold". The time that it took does not count. Artefacts
/// count where `recorded` has some.
[[nodiscard]] std::vector<std::string> different_bits(const FitResult& recorded,
                                                      const FitResult& again);

/// The same for two sets of scores; `which` is put before.
[[nodiscard]] std::vector<std::string> different_scores(const std::string& which,
                                                        const stats::ScoreSet& recorded,
                                                        const stats::ScoreSet& again);

/// How far apart two results of one fit are where their last bits may differ.
struct FitDistance {
  /// Largest difference of an AUC: of the target on the held-out fold, the out-of-sample set and
  /// named sets, of the probes. 1 where one is defined in one result only.
  double auc = 0;
  /// Mean absolute difference of the class probabilities of all predictions; empty where one of the
  /// two kept none. 1 where they are of other samples.
  std::optional<double> probability;
};

[[nodiscard]] FitDistance distance_of(const FitResult& recorded, const FitResult& again);

}  // namespace crossfold::audit
