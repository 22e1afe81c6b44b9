#pragma once

#include <vector>

#include "crossfold/projection/fuzzy_graph.h"
#include "crossfold/projection/neighbors.h"

namespace crossfold::projection {

/// Conditional similarities p(j|i) [n, k] over the neighbours of each point, each row summing to
/// one, with the perplexity wanted to 1e-5 of it (van der Maaten and Hinton 2008, eq. 1). A row in
/// which no width has that perplexity (as many neighbours at one distance) is as near as it gets.
/// 1 <= perplexity < k.
[[nodiscard]] std::vector<double> conditional_similarities(const Neighbors& neighbors,
                                                           double perplexity, unsigned threads);

/// p(i,j) = (p(j|i) + p(i|j)) / (2 n), which sum to one.
[[nodiscard]] WeightedGraph joint_similarities(const Neighbors& neighbors,
                                               const std::vector<double>& conditional);

}  // namespace crossfold::projection
