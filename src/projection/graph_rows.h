#pragma once

#include <cstdint>
#include <vector>

#include "crossfold/projection/fuzzy_graph.h"
#include "crossfold/projection/neighbors.h"

namespace crossfold::projection {

/// How the weights of an edge's two directions become one.
enum class Union {
  fuzzy,  ///< w + w' - w w'
  sum,    ///< w + w'
};

/// The graph of neighbours with a weight [n, k] for each, both directions made one.
[[nodiscard]] WeightedGraph united(const Neighbors& neighbors, const std::vector<double>& weight,
                                   Union how);

}  // namespace crossfold::projection
