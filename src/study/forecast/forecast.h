#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <unordered_set>
#include <vector>

#include "crossfold/core/expected_time.h"
#include "crossfold/fleet/coordinator.h"
#include "crossfold/plan/stages.h"

#include "race_foresight.h"
#include "work_kind.h"

namespace crossfold {

/// Cost of what stages to come will ask for.
struct CostToCome {
  CostByKind mean{};
  CostByKind least{};
  CostByKind most{};
};

/// What a forecast rests on, at one moment of a session.
struct WorkSoFar {
  /// Seconds per cost, where known.
  using Paces = std::array<std::optional<double>, kWorkKinds>;

  CostByKind left{};  ///< cost of what is asked for and not recorded
  CostToCome to_come;
  std::array<MeasuredWork, kWorkKinds> first{};  ///< each worker's first cohort, which warms it up
  std::array<MeasuredWork, kWorkKinds> later{};
  Paces pace_before{};  ///< of earlier sessions
  std::vector<fleet::ItemAtHand> at_hand;
  double last_piece = 0;  ///< cost of what workers do last: work is cut into such pieces at the end
  std::uint32_t workers = 0;
  double busy_s = 0;     ///< of all workers together, with an item in their hands
  double elapsed_s = 0;  ///< since the first item was handed out
};

/// How the rest of a session is expected to go.
struct Forecast {
  ExpectedTime left;
  /// Of the session's work that is done, what is at hand by its elapsed part: 0 to 1.
  double share = 0;
};

/// Machine seconds that are left, by the pace of each kind (pace.h), and of what workers hold its
/// rest; divided by the workers and by the share of their time that they were at work so far (the
/// others waited for a stage, or for messages); then workers end one after another. At least what
/// the item at hand that is expected to end last still takes. The range has what is not known of
/// the paces, what cohorts differ, and who will go on in races; it is meant to be missed in one
/// case of five. Where durations have a heavier tail than a log-normal one (Pace::has_heavy_tail),
/// it has no upper end: what has not been seen yet cannot be known. Nothing before a cohort has
/// told its time.
[[nodiscard]] std::optional<Forecast> forecast(const WorkSoFar& work);

/// What stages to come will ask for beyond what is trained ahead of them: what the scores let
/// foresee, else all that a record allows. `latest` are the latest stages of the plan's chains.
[[nodiscard]] CostToCome expected_to_come(const Job& job, const Plan& plan,
                                          std::span<const Stage> latest,
                                          const ForeseenFits& foreseen,
                                          const std::unordered_set<FitId>& ahead);

}  // namespace crossfold
