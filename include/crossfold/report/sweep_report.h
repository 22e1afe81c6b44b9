#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "crossfold/job/sweep_settings.h"
#include "crossfold/plan/stages.h"
#include "crossfold/stats/summary.h"
#include "crossfold/sweep/parameter_importance.h"
#include "crossfold/sweep/selection.h"

namespace crossfold {

/// How a race has gone.
struct RaceReport {
  std::string by;              ///< the score that decides: "task_auc"
  std::optional<double> risk;  ///< empty: greedy
  std::uint32_t all_splits = 0;
  std::size_t candidates = 0;       ///< that entered
  std::vector<StageRecord> stages;  ///< decided so far
  bool over = false;
  std::uint64_t fits_trained = 0;  ///< that succeeded
  [[nodiscard]] std::uint64_t fits_of_all() const;
};

/// How a search that draws its candidates in generations has gone; the same on all embedding sets.
struct SearchReport {
  std::string by;                        ///< the score that it learns from: "task_auc"
  std::vector<StageRecord> generations;  ///< started so far
  std::uint32_t candidates = 0;          ///< drawn so far
  std::uint32_t of = 0;                  ///< that are asked for
  bool over = false;
  std::string best;  ///< by the mean over all splits and embedding sets; empty while not over
};

/// A score that was not itself a reason for the choice it is given for.
struct HonestEstimate {
  sweep::HonestScore kind = sweep::HonestScore::none;
  std::optional<double> mean;
  std::optional<stats::Interval> interval;  ///< 95 %
  std::string why_not;  ///< why there is none where one would be expected; else empty
};

/// What a rule of the job chose, or, beside the rules, a candidate that nobody chose.
struct SweepChoice {
  std::optional<SelectionRule> rule;  ///< empty: stands there to compare with
  bool peeks = false;
  std::string candidate;  ///< empty where nothing was chosen, or one for each split
  /// By `validation`, and by nested cross-validation: the candidates with their numbers of splits,
  /// the most frequent first.
  std::vector<std::pair<std::string, std::size_t>> per_split;
  std::string no_choice;            ///< why; empty where there is a choice
  std::optional<double> criterion;  ///< mean of the score that the rule chose by
  stats::Summary in_pool;           ///< task AUC of the choice on the held-out folds
  HonestEstimate honest;
  std::size_t fits = 0;           ///< done, of all that the choice was made from
  stats::Summary source_out_auc;  ///< on left-out sources; n = 0 without the rule source_out
  stats::Summary oos_auc;         ///< n = 0 where the experiment evaluates none
  stats::Summary oos_acc;
  stats::Summary domain_auc;
};

/// A drawn candidate, with means over the splits that it has.
struct SweptCandidate {
  std::string name;
  std::vector<Parameter> parameters;
  sweep::CandidateState state = sweep::CandidateState::complete;
  std::size_t splits = 0;  ///< fits done
  std::optional<double> task_auc, task_acc, validation_auc, oos_auc, oos_acc, domain_auc,
      source_out_auc;
  std::optional<double> front_share;  ///< of the bootstraps in which it is on the front
  bool on_front = false;
};

/// What nested cross-validation says: the choice on the inner folds of every split, scored on its
/// held-out fold.
struct NestedReport {
  int folds = 0;  ///< inner ones
  SweepChoice choice;
};

/// What a sweep came to on one embedding set.
struct SweepReport {
  std::string embedding;
  Sampler sampler = Sampler::sobol;
  std::size_t candidates = 0;  ///< drawn
  std::optional<RaceReport> race;
  std::optional<SearchReport> search;
  std::vector<SweepChoice> choices;  ///< the job's rules in their order, then what stands beside
  std::optional<NestedReport> nested;
  std::vector<SweptCandidate> swept;  ///< the drawn ones, in the job's order
  std::vector<sweep::ParameterImportance> importance;
  std::size_t importance_splits = 0;  ///< that every candidate has, on which importance rests
};

}  // namespace crossfold
