#pragma once

#include <cstddef>
#include <vector>

#include "crossfold/core/random_stream.h"

namespace crossfold {

/// `count` orthonormal vectors of length `dim`, uniform over rotations: Gram-Schmidt on normal
/// draws, twice for orthogonality to rounding ("twice is enough", Giraud et al. 2005).
[[nodiscard]] std::vector<std::vector<double>> orthonormal(std::size_t count, std::size_t dim,
                                                           RandomStream random);

}  // namespace crossfold
