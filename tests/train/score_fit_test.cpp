#include "score_fit.h"

#include <algorithm>
#include <array>

#include <gtest/gtest.h>

namespace crossfold::train {
namespace {

/// Whichever solve is the worst one, and whichever did not converge.
TEST(RecordSolve, FactsAreOfAllSolvesInAnyOrder) {
  std::array<double, 3> gradients{1e-9, 2e-7, 5e-3};
  do {
    for (std::size_t stuck = 0; stuck <= gradients.size(); ++stuck) {
      SolverFacts facts;
      for (std::size_t i = 0; i < gradients.size(); ++i) {
        LogisticFit solve;
        solve.gradient = gradients[i];
        solve.converged = i != stuck;
        record_solve(solve, facts);
      }
      EXPECT_EQ(facts.solves, 3);
      EXPECT_EQ(facts.unconverged, stuck < gradients.size() ? 1 : 0);
      EXPECT_EQ(facts.worst_gradient, 5e-3);
    }
  } while (std::next_permutation(gradients.begin(), gradients.end()));
}

}  // namespace
}  // namespace crossfold::train
