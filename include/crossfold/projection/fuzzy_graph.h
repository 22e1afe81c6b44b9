#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "crossfold/projection/neighbors.h"

namespace crossfold::projection {

/// The scale of distances around each point (McInnes, Healy and Melville 2018, algorithm 3).
struct LocalScales {
  std::vector<double> rho;  ///< [n], distance to the nearest point that is not at distance 0
  std::vector<double>
      sigma;  ///< [n], so that sum over neighbours exp(-(d - rho)+ / sigma) = log2 k
};

/// A weighted undirected graph, each edge in both directions: compressed rows, columns increasing.
struct WeightedGraph {
  std::vector<std::uint64_t> begin;   ///< [n + 1], where the edges of a vertex begin
  std::vector<std::uint32_t> target;  ///< [edges]
  std::vector<double> weight;         ///< [edges], in (0, 1]

  [[nodiscard]] std::size_t vertices() const { return begin.empty() ? 0 : begin.size() - 1; }
};

/// By at most 64 bisections, to 1e-5 of the sum; sigma is at least 1e-3 of the mean distance (of
/// the point, or of all where rho is 0). The point itself counts as one of k: k = neighbors.k + 1.
[[nodiscard]] LocalScales local_scales(const Neighbors& neighbors, unsigned threads);

/// Memberships exp(-(d - rho)+ / sigma) of both directions, united: w + w' - w w'.
[[nodiscard]] WeightedGraph fuzzy_graph(const Neighbors& neighbors, const LocalScales& scales);

/// The graph without edges lighter than max / `epochs`, which a layout would never draw.
[[nodiscard]] WeightedGraph without_light_edges(const WeightedGraph& graph, std::size_t epochs);

}  // namespace crossfold::projection
