#include "rules.h"

#include "crossfold/core/error.h"

namespace crossfold::sweep {

std::optional<std::size_t> best_of(std::span<const std::optional<double>> means) {
  std::optional<std::size_t> best;
  for (std::size_t c = 0; c < means.size(); ++c) {
    if (means[c] && (!best || *means[c] > *means[*best])) best = c;
  }
  return best;
}

std::optional<std::size_t> simplest_of(
    std::span<const std::optional<double>> means, double least,
    std::span<const std::vector<std::optional<double>>> simplicity) {
  std::optional<std::size_t> simplest;
  for (std::size_t c = 0; c < means.size(); ++c) {
    if (!means[c] || *means[c] < least) continue;
    // An empty value compares below every number, and vectors by their first difference.
    if (!simplest || simplicity[c] > simplicity[*simplest] ||
        (simplicity[c] == simplicity[*simplest] && *means[c] > *means[*simplest]))
      simplest = c;
  }
  return simplest;
}

Means means_of_complete(const SelectionTables& tables, const ScoreTable& table) {
  Means means(tables.states.size());
  if (table.candidates() == 0) return means;
  CF_EXPECT(table.candidates() == means.size());
  for (std::size_t c = 0; c < means.size(); ++c) {
    if (tables.states[c] == CandidateState::complete) means[c] = table.mean(c);
  }
  return means;
}

bool is_within_tau(const SelectionTables& tables, std::size_t candidate) {
  CF_EXPECT(tables.tau);
  if (tables.domain_auc.candidates() == 0) return false;
  const std::optional<double> domain = tables.domain_auc.mean(candidate);
  return domain && *domain <= *tables.tau;
}

}  // namespace crossfold::sweep
