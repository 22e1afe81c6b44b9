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

/// How many contenders are expected to go on after each rung behind `splits`, which all of `living`
/// have trained: one number a rung, never rising. `scores` [living, splits] as in decide_rung().
///
/// A contender's difference to the leader now, d over n splits with standard deviation s, says what
/// its difference over m splits will be: d + s sqrt(1/n - 1/m) T, with T of Student's distribution
/// with n - 1 degrees of freedom. Against it stands what decide_rung() asks for at that rung, with
/// the same s. The leader of now is taken to stay the leader. Of a greedy race the number is a
/// third, rounded up, from rung to rung. Only a forecast: nothing is decided by it.
[[nodiscard]] std::vector<double> expected_going_on(const RaceSchedule& schedule,
                                                    std::uint32_t splits,
                                                    std::span<const Contender> living,
                                                    std::span<const std::optional<double>> scores,
                                                    const RaceSettings& settings);

}  // namespace crossfold::sweep
