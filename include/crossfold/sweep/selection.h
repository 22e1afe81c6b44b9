#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "crossfold/job/sweep_settings.h"
#include "crossfold/sweep/score_table.h"

namespace crossfold::sweep {

/// Whether a candidate can be chosen: complete ones only.
enum class CandidateState {
  complete,    ///< every split has a result
  given_up,    ///< by the race
  incomplete,  ///< splits are missing or failed
};

/// What the rules choose from. The tables have a row for every candidate, those of the pool a
/// column for every split; one that was not recorded is empty.
struct SelectionTables {
  std::vector<CandidateState> states;  ///< [candidates]
  ScoreTable validation_auc;           ///< of each split's own validation part
  ScoreTable task_auc;                 ///< of the held-out fold
  ScoreTable domain_auc;               ///< of the probe on the held-out fold; lower is better
  ScoreTable source_out_auc;           ///< of sources left out of training; its own columns
  ScoreTable inner_auc;  ///< means over the inner folds of every split: read by select_nested alone
  ScoreTable oos_auc;    ///< out of sample: read by the oracle alone
  /// n_test / n_train of a split, for the corrected standard error (stats/summary.h).
  double test_share = 0;
  /// one_se: [candidates][keys], larger is simpler, the first key first, an empty value last of
  /// all. For the lambda area: its mean lambda over the epochs of training.
  std::vector<std::vector<std::optional<double>>> simplicity;
  std::optional<double> tau;  ///< constrained: the largest domain AUC allowed
};

/// Which score of a choice was not itself a reason for it.
enum class HonestScore {
  held_out_fold,   ///< its scores on the held-out folds, on which nothing was chosen
  bias_corrected,  ///< bias_corrected_score (bagged_selection.h)
  over_sources,    ///< the same, of predictions on left-out sources
  none,            ///< the rule peeks
};

[[nodiscard]] HonestScore honest_score(SelectionRule rule);

/// What a rule chose.
struct Selection {
  SelectionRule rule = SelectionRule::held_out;
  std::optional<std::size_t> candidate;  ///< by all rules but `validation`
  /// By `validation` [splits]; empty where no candidate's score is defined.
  std::vector<std::optional<std::size_t>> per_split;
  std::optional<double> criterion;  ///< mean of the score that the rule chose by
  std::optional<double> in_pool;    ///< mean held-out task AUC of the choice
  std::string no_choice;            ///< why nothing was chosen; else empty

  [[nodiscard]] bool has_choice() const { return no_choice.empty(); }
};

/// The choice of a rule among the complete candidates. Of equals the one of the lowest index.
/// - validation: in every split the best validation AUC, the inner choice of nested
///   cross-validation.
/// - held_out: the best mean task AUC.
/// - one_se: the simplest of those whose mean task AUC is at least the best one's less its
///   corrected standard error (Breiman et al. 1984, section 3.4.3; Nadeau and Bengio 2003, equation
///   9); of equally simple ones the one with the better mean.
/// - constrained: the best mean task AUC of those whose mean domain AUC is at most `tau`.
/// - source_out: the best mean on sources left out of training.
/// - oracle: the best mean AUC out of sample.
/// A mean is that of the defined scores: what is undefined in a split lacks a class there, for all
/// candidates alike.
[[nodiscard]] Selection select(SelectionRule rule, const SelectionTables& tables);

/// The choice of nested cross-validation, told as that of `validation`: in every split the best of
/// `inner_auc`, on which its held-out fold took no part (Varma and Simon 2006).
[[nodiscard]] Selection select_nested(const SelectionTables& tables);

/// The scores of the choice in any table of the same splits: those of its candidate or, for
/// `validation`, in every split those of the one chosen there. Empty without a choice. Their
/// summary and corrected interval (stats/summary.h) are the honest score of `validation`.
[[nodiscard]] std::vector<std::optional<double>> scores_of_choice(const Selection& selection,
                                                                  const ScoreTable& table);

}  // namespace crossfold::sweep
