#pragma once

#include <cstdint>
#include <vector>

#include "crossfold/site/finding.h"
#include "crossfold/site/slurm_facts.h"

namespace crossfold::site {

/// Which of crossfold's promises this Slurm keeps for jobs of `crossfold submit`, and why. A pure
/// function. `grace_s` is the time that a run is given to stop (submit's --grace).
[[nodiscard]] std::vector<Finding> judge_slurm(const SlurmFacts& facts, std::uint32_t grace_s);

}  // namespace crossfold::site
