#include "crossfold/sweep/bagged_selection.h"

#include "crossfold/core/error.h"

#include "rules.h"

namespace crossfold::sweep {

std::vector<std::optional<std::size_t>> choices_in_bags(SelectionRule rule,
                                                        const SelectionTables& tables,
                                                        std::span<const stats::BagScores> bags) {
  CF_EXPECT(honest_score(rule) == HonestScore::bias_corrected ||
            honest_score(rule) == HonestScore::over_sources);
  CF_EXPECT(bags.size() == tables.states.size());
  CF_EXPECT(rule != SelectionRule::one_se || tables.simplicity.size() == bags.size());
  std::vector<std::size_t> choosable;
  for (std::size_t c = 0; c < bags.size(); ++c) {
    if (tables.states[c] != CandidateState::complete) continue;
    if (rule == SelectionRule::constrained && !is_within_tau(tables, c)) continue;
    choosable.push_back(c);
  }
  if (choosable.empty()) return {};
  const std::size_t bag_count = bags[choosable.front()].in_bag.size();
  for (const std::size_t c : choosable) CF_EXPECT(bags[c].in_bag.size() == bag_count);
  Means means(bags.size());
  const auto choose = [&](std::size_t bag) -> std::optional<std::size_t> {
    for (const std::size_t c : choosable) means[c] = bags[c].in_bag[bag];
    const std::optional<std::size_t> best = best_of(means);
    if (!best || rule != SelectionRule::one_se) return best;
    const std::optional<double>& error = bags[*best].in_bag_error[bag];
    if (!error) return std::nullopt;
    return simplest_of(means, *means[*best] - *error, tables.simplicity);
  };
  std::vector<std::optional<std::size_t>> choices;
  choices.reserve(bag_count);
  for (std::size_t bag = 0; bag < bag_count; ++bag) choices.push_back(choose(bag));
  return choices;
}

std::optional<stats::CorrectedScore> bias_corrected_score(SelectionRule rule,
                                                          const SelectionTables& tables,
                                                          std::span<const stats::BagScores> bags) {
  return stats::bootstrap_bias_corrected(bags, choices_in_bags(rule, tables, bags));
}

}  // namespace crossfold::sweep
