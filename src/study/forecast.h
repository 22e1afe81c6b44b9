#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "crossfold/fleet/coordinator.h"
#include "crossfold/plan/stages.h"

#include "work_kind.h"

namespace crossfold {

/// What a forecast rests on, at one moment of a session.
struct WorkSoFar {
  CostByKind left{};  ///< cost of what is not recorded, of stages to come as far as expected
  /// Cost of the cohorts that told how long they took; where there are others, without the first
  /// one of each worker.
  CostByKind measured{};
  CostByKind seconds{};  ///< that these took, one worker each
  /// Seconds per cost in earlier sessions; 0: not known. Holds until this session has measured.
  CostByKind pace_before{};
  std::vector<fleet::ItemAtHand> at_hand;
  std::uint32_t workers = 0;
  double busy_s = 0;     ///< of all workers together, with an item in their hands
  double elapsed_s = 0;  ///< since the first item was handed out
};

/// How the rest of a session is expected to go.
struct Forecast {
  double left_s = 0;
  /// Of the session's work that is done, what is at hand by its elapsed part: 0 to 1.
  double share = 0;
};

/// Machine seconds that are left, by the pace of each kind, less what workers have spent on what
/// they hold; divided by the workers and by the share of their time that they were at work so far
/// (the others waited for a stage, or for messages). At least what the item at hand that is
/// expected to end last still takes. Nothing before a cohort has told its time.
[[nodiscard]] std::optional<Forecast> forecast(const WorkSoFar& work);

/// Cost of what stages to come will ask for. A search by generations trains all that its record
/// allows. Of a greedy race a third goes on from rung to rung; of another as many as did so far, a
/// guess of three fifths counting as one rung more. `latest` are the latest stages of the
/// plan's chains.
[[nodiscard]] CostByKind expected_to_come(const Job& job, const Plan& plan,
                                          std::span<const Stage> latest);

}  // namespace crossfold
