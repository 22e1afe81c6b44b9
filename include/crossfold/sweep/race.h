#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "crossfold/job/sweep_settings.h"

namespace crossfold::sweep {

/// A candidate that is still in the race.
struct Contender {
  std::size_t candidate = 0;  ///< its index in the race
  /// It was the leader when others were given up. It stays to the end, so that the comparison
  /// which they lost still speaks of a candidate that can be chosen.
  bool stays = false;
  auto operator<=>(const Contender&) const = default;
};

/// Where a race pauses for a decision: all contenders have the first `splits` splits of the race's
/// order. previous < splits < all_splits.
struct Rung {
  std::uint32_t splits = 0;
  std::uint32_t previous = 0;    ///< splits of the rung before; 0 at the first one
  std::uint32_t all_splits = 0;  ///< of a complete candidate: folds x seeds
  std::size_t candidates = 0;    ///< that entered the race
};

enum class GivenUpBecause {
  hardly_best,       ///< as good as certain to be no better than the leader
  below_best_third,  ///< greedy only
  all_fits_failed,   ///< none of its scores is defined where the leader has at least two
};

/// A candidate that is trained no further.
struct GivenUp {
  std::size_t candidate = 0;
  GivenUpBecause reason = GivenUpBecause::hardly_best;
  std::size_t n = 0;           ///< its defined scores so far
  std::optional<double> mean;  ///< of them; empty when n = 0
  bool operator==(const GivenUp&) const = default;
};

struct RungDecision {
  std::optional<std::size_t> leader;  ///< empty when no score is defined: then all go on
  std::vector<Contender> going_on;    ///< by candidate; the living of the next rung
  std::vector<GivenUp> given_up;      ///< by candidate
  std::size_t dropped_pairs = 0;      ///< leader and candidate, of which a score was undefined
};

/// Who goes on after a rung. `living` are the contenders, each candidate once, in any order;
/// `scores` [living, rung.splits] are theirs, in the race's order of splits; an undefined score is
/// empty, and so is that of a failed fit. Defined ones are finite. Nothing but these arguments
/// counts, and the order of `living` does not.
///
/// The question is which candidate the complete run would choose by its mean over all K splits.
/// These means are fixed numbers; the first k splits are a sample without replacement (race_order).
/// Let w be the best of the complete run and b any other candidate, D the difference b - w of their
/// complete means, d the mean of the n defined differences so far, s their standard deviation. Then
///
///   D > d - t s / sqrt(n) sqrt(1 - k/K)
///
/// but for a probability of the level at which t is Student's quantile (n - 1 degrees of freedom;
/// the finite-population factor: Cochran 1977, Sampling Techniques, section 2.6). At the level
/// risk (k - previous) / K / (candidates - 1) it holds for all b and all rungs at once but for a
/// probability of `risk`. A contender is given up where the right side, with b the leader, is above
/// -indifference. So w, if it was given up, was so by a leader that is at most `indifference`
/// worse in the complete run; and that leader stays to the end (`Contender::stays`). The best
/// complete candidate is then at most `indifference` worse than the one of the complete run,
/// but for `risk`. Without `stays` it could be worse by `indifference` at each rung; divided by the
/// living alone, the level would rest on who survived, which is not independent of the scores.
///
/// It is an approximation as far as the mean of n differences is not normal. Scores are rounded
/// (an AUC or recall of few samples), and a few equal differences say little of their spread, so s
/// is taken to be at least `indifference`. With fewer than two defined pairs a contender goes
/// on, but for one all of whose fits failed.
///
/// The leader has the best mean; where scores are undefined, among those with the most defined
/// scores, on the splits that all of these have. Of equals it is the one with the lower index.
///
/// Without a risk (greedy; successive halving, Jamieson and Talwalkar 2016): the leader goes on
/// and the best of the others by -d, to a third of the living, rounded up.
[[nodiscard]] RungDecision decide_rung(const Rung& rung, std::span<const Contender> living,
                                       std::span<const std::optional<double>> scores,
                                       const RaceSettings& settings);

}  // namespace crossfold::sweep
