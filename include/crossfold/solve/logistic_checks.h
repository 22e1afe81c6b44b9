#pragma once

#include <cstddef>

namespace crossfold::solve {

// What fit_logistic() refuses, for other solvers of the same problem.

/// Error{bad_input} where fewer than two levels occur among so many samples.
void check_levels(std::size_t levels, std::size_t samples);
/// Error{bad_input} where the value of the objective is not finite.
void check_objective(double value);

}  // namespace crossfold::solve
