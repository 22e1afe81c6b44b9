#include "crossfold/sweep/selection.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/stats/summary.h"

#include "rules.h"

namespace crossfold::sweep {
namespace {

struct Source {
  const ScoreTable& table;
  std::string_view name;
};

/// The score that the rule chooses by.
Source criterion_of(SelectionRule rule, const SelectionTables& tables) {
  switch (rule) {
    case SelectionRule::validation:
      return {tables.validation_auc, "validation AUC"};
    case SelectionRule::held_out:
    case SelectionRule::one_se:
    case SelectionRule::constrained:
      return {tables.task_auc, "task AUC"};
    case SelectionRule::source_out:
      return {tables.source_out_auc, "AUC on left-out sources"};
    case SelectionRule::oracle:
      return {tables.oos_auc, "out-of-sample AUC"};
  }
  throw_contract_error("a known rule", __FILE__, __LINE__);
}

std::string no_complete_candidate(const SelectionTables& tables) {
  const auto count = [&](CandidateState state) {
    return std::count(tables.states.begin(), tables.states.end(), state);
  };
  if (count(CandidateState::complete) > 0) return {};
  return fmt::format(
      "no candidate can be chosen (of {} candidates {} were given up and {} lack results). run the "
      "job to its end and look at its failed fits",
      tables.states.size(), count(CandidateState::given_up), count(CandidateState::incomplete));
}

std::string no_defined_score(std::string_view score) {
  return fmt::format(
      "no candidate can be chosen (no complete candidate has a defined {}). choose another rule, "
      "or "
      "look at the classes of the splits",
      score);
}

/// Means that the constraint leaves; without any, says why.
void constrain(const SelectionTables& tables, Means& means, std::string& no_choice) {
  CF_EXPECT(tables.tau);
  const Means domain = means_of_complete(tables, tables.domain_auc);
  std::optional<double> lowest;
  for (std::size_t c = 0; c < means.size(); ++c) {
    if (means[c] && domain[c]) lowest = std::min(lowest.value_or(*domain[c]), *domain[c]);
    if (!is_within_tau(tables, c)) means[c].reset();
  }
  if (best_of(means)) return;
  no_choice = lowest ? fmt::format(
                           "no complete candidate has a domain AUC of at most {} (the lowest is "
                           "{:.4f}). raise tau, or search where lambda is larger",
                           *tables.tau, *lowest)
                     : no_defined_score("domain AUC");
}

void choose_simplest(const SelectionTables& tables, const Means& means, std::size_t best,
                     Selection& selection) {
  CF_EXPECT(tables.simplicity.size() == means.size());
  const auto error = stats::corrected_standard_error(stats::summarize(tables.task_auc.of(best)),
                                                     tables.test_share);
  if (!error) {
    selection.no_choice =
        "no candidate can be chosen (the best one has no standard error, which takes two splits). "
        "choose another rule, or add folds or seeds";
    return;
  }
  selection.candidate = simplest_of(means, *means[best] - *error, tables.simplicity);
}

void choose_by_mean(const SelectionTables& tables, Selection& selection) {
  const Source source = criterion_of(selection.rule, tables);
  Means means = means_of_complete(tables, source.table);
  if (!best_of(means)) {
    selection.no_choice = no_defined_score(source.name);
    return;
  }
  if (selection.rule == SelectionRule::constrained) constrain(tables, means, selection.no_choice);
  const std::optional<std::size_t> best = best_of(means);
  if (!best) return;
  if (selection.rule == SelectionRule::one_se)
    choose_simplest(tables, means, *best, selection);
  else
    selection.candidate = best;
}

void choose_per_split(const SelectionTables& tables, const Source& by, Selection& selection) {
  const ScoreTable& table = by.table;
  CF_EXPECT(table.candidates() == 0 || table.candidates() == tables.states.size());
  for (std::size_t split = 0; split < table.splits(); ++split) {
    Means scores(tables.states.size());
    for (std::size_t c = 0; c < scores.size(); ++c) {
      if (tables.states[c] == CandidateState::complete) scores[c] = table.of(c)[split];
    }
    selection.per_split.push_back(best_of(scores));
  }
  const auto& chosen = selection.per_split;
  if (std::any_of(chosen.begin(), chosen.end(), [](const auto& one) { return one.has_value(); }))
    return;
  selection.per_split.clear();
  selection.no_choice = no_defined_score(by.name);
}

std::optional<double> mean_of_choice(const Selection& selection, const ScoreTable& table) {
  if (table.candidates() == 0) return std::nullopt;
  return stats::summarize(scores_of_choice(selection, table)).mean;
}

}  // namespace

HonestScore honest_score(SelectionRule rule) {
  switch (rule) {
    case SelectionRule::validation:
      return HonestScore::held_out_fold;
    case SelectionRule::held_out:
    case SelectionRule::one_se:
    case SelectionRule::constrained:
      return HonestScore::bias_corrected;
    case SelectionRule::source_out:
      return HonestScore::over_sources;
    case SelectionRule::oracle:
      return HonestScore::none;
  }
  throw_contract_error("a known rule", __FILE__, __LINE__);
}

namespace {

Selection select_by(SelectionRule rule, const Source& by, const SelectionTables& tables) {
  Selection selection;
  selection.rule = rule;
  selection.no_choice = no_complete_candidate(tables);
  if (!selection.has_choice()) return selection;
  if (rule == SelectionRule::validation)
    choose_per_split(tables, by, selection);
  else
    choose_by_mean(tables, selection);
  if (!selection.has_choice()) return selection;
  selection.criterion = mean_of_choice(selection, by.table);
  selection.in_pool = mean_of_choice(selection, tables.task_auc);
  return selection;
}

}  // namespace

Selection select(SelectionRule rule, const SelectionTables& tables) {
  return select_by(rule, criterion_of(rule, tables), tables);
}

Selection select_nested(const SelectionTables& tables) {
  return select_by(SelectionRule::validation, {tables.inner_auc, "AUC on inner folds"}, tables);
}

std::vector<std::optional<double>> scores_of_choice(const Selection& selection,
                                                    const ScoreTable& table) {
  if (selection.candidate) {
    const auto scores = table.of(*selection.candidate);
    return {scores.begin(), scores.end()};
  }
  if (!selection.has_choice()) return {};
  CF_EXPECT(selection.per_split.size() == table.splits());
  std::vector<std::optional<double>> scores(table.splits());
  for (std::size_t split = 0; split < scores.size(); ++split) {
    if (const auto& chosen = selection.per_split[split]) scores[split] = table.of(*chosen)[split];
  }
  return scores;
}

}  // namespace crossfold::sweep
