#include "domain_solver.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/error.h"

#include "network_scores.h"
#include "score_fit.h"

namespace crossfold::train {

LogisticFit solve_head(const HeadLabels& labels, std::span<const float> encoded,
                       const LogisticModel& start, InstructionSet set) {
  FeatureRows features = encoded_rows(encoded);
  const bool all_known = labels.known.empty();
  if (!all_known) features.rows = labels.known;
  return fit_logistic(features, all_known ? labels.columns : labels.known_columns, labels.levels,
                      {.instruction_set = set}, &start);
}

DomainSolver::DomainSolver(const std::vector<std::int32_t>& codes, InstructionSet set,
                           std::string_view of)
    : set_(set) {
  std::vector<std::int32_t> present(codes);
  std::sort(present.begin(), present.end());
  present.erase(std::unique(present.begin(), present.end()), present.end());
  const bool some_missing = !present.empty() && present.front() < 0;
  if (some_missing) present.erase(present.begin());
  domains_ = present.size();
  CF_VALIDATE(domains_ >= 2, ErrorCode::bad_input,
              fmt::format("the training samples of this fold are all of one {} (there is nothing "
                          "to disentangle). use fewer folds, or stratify by domain",
                          of));
  columns_.reserve(codes.size());
  for (const std::int32_t code : codes) {
    const auto place = std::lower_bound(present.begin(), present.end(), code);
    columns_.push_back(code < 0 ? -1 : static_cast<std::int32_t>(place - present.begin()));
  }
  if (!some_missing) return;
  for (std::uint32_t i = 0; i < columns_.size(); ++i) {
    weights_.push_back(columns_[i] < 0 ? 0.0F : 1.0F);
    if (columns_[i] < 0) continue;
    known_.push_back(i);
    known_columns_.push_back(columns_[i]);
  }
}

HeadLabels DomainSolver::labels() const {
  return {.columns = columns_,
          .levels = domains_,
          .weights = weights_,
          .known = known_,
          .known_columns = known_columns_};
}

LogisticModel DomainSolver::solve(std::span<const float> encoded, const LogisticModel& start,
                                  SolverFacts& facts) const {
  LogisticFit solution = solve_head(labels(), encoded, start, set_);
  record_solve(solution, facts);
  return std::move(solution.model);
}

}  // namespace crossfold::train
