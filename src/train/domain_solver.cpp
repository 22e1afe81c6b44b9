#include "domain_solver.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "crossfold/core/error.h"

#include "network_scores.h"
#include "score_fit.h"

namespace crossfold::train {

DomainSolver::DomainSolver(const std::vector<std::int32_t>& codes, InstructionSet set) : set_(set) {
  std::vector<std::int32_t> present(codes);
  std::sort(present.begin(), present.end());
  present.erase(std::unique(present.begin(), present.end()), present.end());
  domains_ = present.size();
  CF_VALIDATE(domains_ >= 2, ErrorCode::bad_input,
              "the training samples of this fold are all of one domain (there is nothing to "
              "disentangle). use fewer folds, or stratify by domain");
  columns_.reserve(codes.size());
  for (const std::int32_t code : codes) {
    const auto place = std::lower_bound(present.begin(), present.end(), code);
    columns_.push_back(static_cast<std::int32_t>(place - present.begin()));
  }
}

LogisticModel DomainSolver::solve(std::span<const float> encoded, const LogisticModel& start,
                                  SolverFacts& facts) const {
  LogisticFit solution =
      fit_logistic(encoded_rows(encoded), columns_, domains_, {.instruction_set = set_}, &start);
  record_solve(solution, facts);
  return std::move(solution.model);
}

}  // namespace crossfold::train
