#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "crossfold/fleet/coordinator.h"
#include "crossfold/plan/stages.h"

#include "foreseeing_rule.h"
#include "work_kind.h"

namespace crossfold {

/// What a forecast rests on, at one moment of a session.
struct WorkSoFar {
  /// Seconds per cost, where known.
  using Paces = std::array<std::optional<double>, kWorkKinds>;

  CostByKind left{};  ///< cost of what is not recorded, of stages to come as far as expected
  std::array<MeasuredWork, kWorkKinds> first{};  ///< each worker's first cohort, which warms it up
  std::array<MeasuredWork, kWorkKinds> later{};
  Paces pace_before{};  ///< of earlier sessions
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
/// they hold. The pace is that of later cohorts, among which an earlier session's counts as one
/// cohort a worker; before there is one, the earlier session's; else that of first cohorts, less
/// what workers need to warm up. The seconds are divided by the workers and by the share of their
/// time that they were at work so far (the others waited for a stage, or for messages). At least
/// what the item at hand that is expected to end last still takes. Nothing before a cohort has told
/// its time.
[[nodiscard]] std::optional<Forecast> forecast(const WorkSoFar& work);

/// Cost of what stages to come will ask for: what the scores let foresee, else all that a record
/// allows. `latest` are the latest stages of the plan's chains.
[[nodiscard]] CostByKind expected_to_come(const Job& job, const Plan& plan,
                                          std::span<const Stage> latest,
                                          const ForeseenFits& foreseen);

}  // namespace crossfold
