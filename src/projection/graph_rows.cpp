#include "graph_rows.h"

#include <algorithm>
#include <utility>

#include "crossfold/core/error.h"

namespace crossfold::projection {
namespace {

struct HalfEdge {
  std::uint32_t target = 0;
  double weight = 0;
};

/// The two directions between a pair of vertices, where both are there, stand next to each other;
/// the sum of two numbers does not depend on their order.
double unite(double a, double b, Union how) {
  if (how == Union::sum) return a + b;
  const double larger = std::max(a, b);
  return larger + std::min(a, b) * (1 - larger);  // of 1 and anything exactly 1
}

/// Edges by their vertex, outgoing and incoming ones, by target.
std::vector<HalfEdge> half_edges(const Neighbors& neighbors, const std::vector<double>& weight,
                                 std::vector<std::uint64_t>& begin) {
  const std::size_t n = neighbors.count();
  begin.assign(n + 1, 0);
  for (std::size_t i = 0; i < n; ++i) {
    begin[i + 1] += neighbors.k;
    for (const std::uint32_t j : neighbors.of(i)) ++begin[j + 1];
  }
  for (std::size_t i = 0; i < n; ++i) begin[i + 1] += begin[i];
  std::vector<HalfEdge> edges(begin[n]);
  std::vector<std::uint64_t> next(begin.begin(), begin.end() - 1);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t place = 0; place < neighbors.k; ++place) {
      const std::uint32_t j = neighbors.of(i)[place];
      const double w = weight[i * neighbors.k + place];
      edges[next[i]++] = {.target = j, .weight = w};
      edges[next[j]++] = {.target = static_cast<std::uint32_t>(i), .weight = w};
    }
  return edges;
}

}  // namespace

WeightedGraph united(const Neighbors& neighbors, const std::vector<double>& weight, Union how) {
  CF_EXPECT(weight.size() == neighbors.index.size());
  std::vector<std::uint64_t> begin;
  std::vector<HalfEdge> edges = half_edges(neighbors, weight, begin);
  WeightedGraph graph;
  graph.begin.push_back(0);
  for (std::size_t i = 0; i < neighbors.count(); ++i) {
    const auto first = edges.begin() + static_cast<std::ptrdiff_t>(begin[i]);
    const auto last = edges.begin() + static_cast<std::ptrdiff_t>(begin[i + 1]);
    std::sort(first, last,
              [](const HalfEdge& a, const HalfEdge& b) { return a.target < b.target; });
    for (auto edge = first; edge != last; ++edge) {
      double united_weight = edge->weight;
      if (edge + 1 != last && (edge + 1)->target == edge->target) {
        united_weight = unite(edge->weight, (edge + 1)->weight, how);
        ++edge;
      }
      if (united_weight <= 0) continue;
      graph.target.push_back(edge->target);
      graph.weight.push_back(united_weight);
    }
    graph.begin.push_back(graph.target.size());
  }
  return graph;
}

}  // namespace crossfold::projection
