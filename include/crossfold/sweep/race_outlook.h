#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "crossfold/job/sweep_settings.h"
#include "crossfold/sweep/race.h"

namespace crossfold::sweep {

/// What of a race is known before it begins.
struct RaceSchedule {
  std::span<const std::uint32_t> rungs;  ///< ascending, all below all_splits
  std::uint32_t all_splits = 0;          ///< of a complete candidate
  std::size_t candidates = 0;            ///< that enter
};

/// Scores that the outlook rests on: of `living` on the first `splits` of the race's order.
struct RaceSoFar {
  std::span<const Contender> living;
  std::span<const std::optional<double>> scores;  ///< [living, splits] as in decide_rung()
  std::uint32_t splits = 0;
  std::size_t decided = 0;  ///< rungs; the next one has `splits` splits or more
};

/// How many contenders go on after each rung that is not decided yet, [plays, rungs]: the race is
/// played to its end several times, each decision by decide_rung(), on splits like those seen so
/// far.
///
/// Scores are split + candidate + rest. A split to come is one of those seen, drawn with
/// replacement: its rests, all together, so that candidates which go well on the same splits keep
/// doing so (what makes differences smaller than independent scores would). The rests are enlarged
/// by sqrt(n / (n - 1)), as n of them are spread less than what they were drawn from; and
/// candidates are moved by what a mean of n such splits is off.
///
/// `living` may be a part of those that enter before the first rung is decided: those which have
/// all its splits. Those that go on beside the leader are then as large a part of all, and vary
/// from play to play as numbers drawn from such a part do.
///
/// Nothing is known with fewer than two splits or fewer than eight of many candidates: empty. A
/// greedy race needs no scores: a third, rounded up, from rung to rung. The same arguments give the
/// same plays. Only a forecast: nothing is decided by it.
[[nodiscard]] std::vector<std::vector<double>> play_on(const RaceSchedule& schedule,
                                                       const RaceSoFar& so_far,
                                                       const RaceSettings& settings);

/// A number that is expected, and between which two it is in eight of ten cases.
struct Expected {
  double mean = 0;
  double low = 0;
  double high = 0;
};

/// What the plays say of a number that each of them came to; of none, nothing.
[[nodiscard]] std::optional<Expected> expected_of(std::vector<double> of_plays);

}  // namespace crossfold::sweep
