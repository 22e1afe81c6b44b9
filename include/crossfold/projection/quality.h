#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "crossfold/projection/map.h"
#include "crossfold/projection/neighbors.h"
#include "crossfold/projection/points.h"

namespace crossfold::projection {

/// What quality is measured with.
struct QualitySettings {
  std::size_t neighbors = 15;  ///< k, the point itself not counted; 1 <= k, 2 n - 3 k - 1 > 0
  unsigned threads = 1;
};

/// Scores of a map of `points`, without purities, given the neighbours of both with k =
/// settings.neighbors or more. O(n^2 dim) time. Trustworthiness and continuity: Venna and Kaski
/// 2001, as scikit-learn computes the first; ties in distance are broken by index.
[[nodiscard]] MapQuality map_quality(const Points& points, const Neighbors& in_points,
                                     const Neighbors& in_map, std::span<const MapPoint> map,
                                     const QualitySettings& settings);

/// Purity by a label. `labels` [n] are codes, negative where a point has none.
/// Nothing when fewer than two points have a label.
[[nodiscard]] std::optional<NeighborPurity> neighbor_purity(const Neighbors& in_points,
                                                            const Neighbors& in_map,
                                                            std::span<const std::int32_t> labels,
                                                            std::size_t neighbors);

/// A map as points, for what looks for neighbours.
[[nodiscard]] Points as_points(std::span<const MapPoint> map);

}  // namespace crossfold::projection
