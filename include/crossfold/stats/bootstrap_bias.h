#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "crossfold/stats/bagged_scores.h"
#include "crossfold/stats/summary.h"

namespace crossfold::stats {

/// What a rule of choice is worth on new patients.
struct CorrectedScore {
  double mean = 0;            ///< of the out-of-bag scores of the candidates chosen in the bags
  Interval interval;          ///< their percentiles; covers the choice as well
  std::size_t bags = 0;       ///< in which the rule chose and its choice had a score
  std::size_t undefined = 0;  ///< the other ones, left out
  std::vector<std::uint32_t> chosen;  ///< [candidates]: in how many of `bags`
};

/// Bootstrap bias correction of a choice among cross-validated candidates (Tsamardinos, Greasidou
/// and Borboudakis 2018, Machine Learning 107, their algorithm BBC-CV): in every bag the rule
/// chooses from the scores in the bag, its choice is scored on what is out of it. The candidates
/// are not trained again, and their held-out predictions are all that is needed. `choices` [bags]
/// are what the rule chose, if anything; a candidate's scores out of the bag are read in the bags
/// in which it was chosen alone. The interval holds the middle `confidence`, inside (0, 1), of the
/// scores (percentiles interpolated linearly). Empty when no bag has a score.
[[nodiscard]] std::optional<CorrectedScore> bootstrap_bias_corrected(
    std::span<const BagScores> candidates, std::span<const std::optional<std::size_t>> choices,
    double confidence = 0.95);

}  // namespace crossfold::stats
