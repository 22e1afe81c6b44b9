#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "crossfold/job/job.h"
#include "crossfold/plan/plan.h"

namespace crossfold {

/// How many fits the race of a chain can take.
struct RaceBounds {
  std::uint32_t experiment = 0;  ///< index into Job::experiments
  std::uint32_t embedding = 0;   ///< index into Job::embeddings
  std::size_t candidates = 0;    ///< that enter it
  std::vector<std::uint32_t> rungs;
  std::size_t sources_out = 0;  ///< splits that leave a source out, for those left at the end
  std::size_t least = 0;        ///< fits, if one candidate goes on after the first rung
  std::size_t most = 0;         ///< fits, if nobody is given up
};

/// One for each chain of the plan that races, in their order.
[[nodiscard]] std::vector<RaceBounds> race_bounds(const Job& job, const Plan& plan);

}  // namespace crossfold
