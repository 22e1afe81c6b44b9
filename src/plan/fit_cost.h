#pragma once

#include <cstddef>

#include "crossfold/job/job.h"

namespace crossfold {

/// Sizes that a fit's work depends on.
struct FitSize {
  std::size_t samples = 0;  ///< training samples
  std::size_t dim = 0;
  std::size_t classes = 0;
  std::size_t domains = 0;
};

/// Floating-point operations of one fit, multiply and add counted as two (METHODS 7); epochs and
/// solver steps are guesses, so this orders the work and says how much there is, no more.
[[nodiscard]] double estimate_cost(const Candidate& candidate, const FitSize& size);

}  // namespace crossfold
