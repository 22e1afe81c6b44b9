#pragma once

#include <cstdint>
#include <vector>

#include "crossfold/core/ids.h"

namespace crossfold::sweep {

/// A split of repeated cross-validation.
struct SplitPosition {
  SeedIndex seed{};
  FoldIndex fold{};
  auto operator<=>(const SplitPosition&) const = default;
};

/// The order in which a race trains the splits: a permutation of all seeds x folds, the same for
/// all candidates of a job (stream "race"). It is made of blocks of one fold of every seed; each
/// seed deals its folds to the blocks in an order of its own, and the seeds of a block stand in a
/// random order. So the first k splits are a random sample without replacement of the complete
/// run, for every k, and at the end of a block one that holds every seed equally often.
[[nodiscard]] std::vector<SplitPosition> race_order(std::uint64_t root_seed, std::uint32_t seeds,
                                                    std::uint32_t folds);

}  // namespace crossfold::sweep
