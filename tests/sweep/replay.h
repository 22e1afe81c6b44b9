#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "crossfold/sweep/race.h"

#include "sweep/surface.h"

namespace crossfold::sweep {

/// Who goes on after a rung: decide_rung with its settings, or a rival.
using RungRule = std::function<RungDecision(const Rung&, std::span<const Contender>,
                                            std::span<const std::optional<double>>)>;

/// What a race over a complete run would have cost and lost.
struct Replay {
  double regret = 0;     ///< best mean of the complete run - complete mean of the race's choice
  std::size_t fits = 0;  ///< that were trained
};

/// The race of a surface in the order of splits drawn from `root_seed`: decisions by `rule` at
/// `rungs`, then those left are completed and the best mean of them is chosen.
[[nodiscard]] Replay replay_race(const Surface& surface, std::uint64_t root_seed,
                                 std::span<const std::uint32_t> rungs, const RungRule& rule);

/// Many of them.
struct Replays {
  std::size_t replays = 0;
  std::size_t other = 0;  ///< another choice than that of the complete run: any regret at all
  std::size_t lost = 0;   ///< regret above the indifference
  double mean_regret = 0;
  double largest_regret = 0;
  double share_of_fits = 0;  ///< mean
};

/// Replays with the root seeds first_seed, first_seed + 1, ...
[[nodiscard]] Replays replay_races(const Surface& surface, std::uint64_t first_seed,
                                   std::size_t replays, std::span<const std::uint32_t> rungs,
                                   const RungRule& rule, double indifference);

}  // namespace crossfold::sweep
