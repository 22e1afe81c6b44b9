#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "crossfold/fleet/coordinator.h"

#include "work_kind.h"

namespace crossfold {

/// Seconds per cost of one kind of work, cohort by cohort: log-normal, by what cohorts took that
/// have ended and by what others have taken already (a normal sample that is censored on the right:
/// expectation and maximisation). Without the latter those that take long, and so have not ended,
/// would be missing, a fifth of the time and more where cohorts differ by a factor of two.
struct Pace {
  double log_mean = 0;
  double log_variance = 0;
  double cohorts = 0;     ///< that it rests on
  double usual_cost = 0;  ///< of a cohort
  double skewness = 0;    ///< of the logarithms of those that have ended; of a log-normal one 0

  [[nodiscard]] double mean() const;
  /// How long an item at hand is still expected to take: more, the longer it takes already beyond
  /// what is usual.
  [[nodiscard]] double rest_s(const fleet::ItemAtHand& item) const;
  /// Whether some cohorts take so much longer than most that the longest to come cannot be told:
  /// the logarithms lean to the right as an exponential's do (its skewness is 2; a Pareto's, of any
  /// index).
  [[nodiscard]] bool has_heavy_tail() const { return cohorts >= 10 && skewness > 1; }
  /// Variance of the logarithm of what work of so much cost takes: what is not known of the pace,
  /// and what cohorts differ.
  [[nodiscard]] double variance_of(double cost) const;
};

/// What a pace is made of.
struct PaceSources {
  MeasuredWork first;            ///< each worker's first cohort, which warms it up
  MeasuredWork later;            ///< all others
  std::optional<double> before;  ///< of earlier sessions
  std::uint32_t workers = 0;
};

/// By later cohorts, among which an earlier session's pace counts as one cohort a worker; before
/// there is one, the earlier session's; else that of first cohorts, less what workers need to warm
/// up. `at_hand`: items of this kind. Nothing where there is none of these.
[[nodiscard]] std::optional<Pace> pace_of(const PaceSources& sources,
                                          std::span<const fleet::ItemAtHand> at_hand);

}  // namespace crossfold
