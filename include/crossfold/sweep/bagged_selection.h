#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "crossfold/job/sweep_settings.h"
#include "crossfold/stats/bootstrap_bias.h"
#include "crossfold/sweep/selection.h"

namespace crossfold::sweep {

/// What a rule chooses in each bag, if anything: nothing at all where no candidate can be chosen.
/// For rules whose honest score is `bias_corrected` or `over_sources`. `bags` [candidates] are the
/// scores of the held-out predictions, for source_out of those on left-out sources. Those of
/// candidates that are not complete are not read, nor any out of the bag.
///
/// In the bag
/// - held_out and source_out choose the best mean in the bag;
/// - one_se chooses the simplest whose mean in the bag is at least that of the best in the bag less
///   its corrected standard error in the bag. A bag repeats patients, so that this error, and with
///   it what is let through, is larger than the rule's own (by the square root of two where all of
///   the error is due to the patients of the folds);
/// - constrained chooses the best mean in the bag of those whose mean domain AUC over all held-out
///   folds is at most tau: the probe's predictions are not recorded, and the optimism comes from
///   the choice of the best, which is repeated, and not from the constraint.
[[nodiscard]] std::vector<std::optional<std::size_t>> choices_in_bags(
    SelectionRule rule, const SelectionTables& tables, std::span<const stats::BagScores> bags);

/// What the choice of a rule is worth on new patients: its choices in the bags, scored outside of
/// them (stats/bootstrap_bias.h). Empty when no bag has a choice with a score.
[[nodiscard]] std::optional<stats::CorrectedScore> bias_corrected_score(
    SelectionRule rule, const SelectionTables& tables, std::span<const stats::BagScores> bags);

}  // namespace crossfold::sweep
