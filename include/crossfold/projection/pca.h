#pragma once

#include <array>
#include <vector>

#include "crossfold/projection/map.h"
#include "crossfold/projection/points.h"

namespace crossfold::projection {

/// The two directions of largest variance.
struct PrincipalMap {
  std::vector<MapPoint> points;      ///< [n], scores on the two components
  std::array<double, 2> variance{};  ///< along each, ddof 1; the second 0 for points on a line
  double total_variance = 0;         ///< of all columns
};

/// Principal components (Pearson 1901) by Lanczos steps on the covariance in float64, to a residual
/// of 1e-9. The score of largest magnitude is positive, as scikit-learn has it. n >= 2.
[[nodiscard]] PrincipalMap principal_map(const Points& points, unsigned threads);

}  // namespace crossfold::projection
