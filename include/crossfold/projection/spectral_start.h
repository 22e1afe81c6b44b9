#pragma once

#include <array>
#include <vector>

#include "crossfold/projection/fuzzy_graph.h"
#include "crossfold/projection/points.h"

namespace crossfold::projection {

/// Where a layout starts, float64.
using StartPoint = std::array<double, 2>;

/// The second and third eigenvector of the graph's normalised Laplacian, of length one, the entry
/// of largest magnitude positive: Lanczos with a fixed start vector, residual 1e-7.
///
/// A graph of several components: each alone, scaled to half the distance to the next one and set
/// around its place: (1, 0), (0, 1), (-1, 0), (0, -1) for up to four, else the two principal
/// components of the centres of `points`, the largest entry 1. Components of fewer than four
/// vertices, too small for eigenvectors, are spread evenly.
[[nodiscard]] std::vector<StartPoint> spectral_start(const WeightedGraph& graph,
                                                     const Points& points);

}  // namespace crossfold::projection
