#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "crossfold/projection/fuzzy_graph.h"
#include "crossfold/projection/map.h"
#include "crossfold/projection/neighbors.h"
#include "crossfold/projection/points.h"

namespace crossfold::projection {

struct UmapSettings {
  std::size_t neighbors = 15;  ///< k, the point itself counted; 2 <= k <= n
  double min_dist = 0.1;       ///< how close points may lie on the map; 0 <= min_dist <= 1
  std::size_t epochs = 500;    ///< >= 1
  std::uint64_t seed = 0;
  unsigned threads = 1;
};

/// The curve 1 / (1 + a d^(2 b)) that turns distances on a map into memberships.
struct MembershipCurve {
  double a = 0;
  double b = 0;
};
/// Fitted by least squares (Levenberg-Marquardt) to 1 up to min_dist and exp(-(d - min_dist)) from
/// there on, at 300 distances from 0 to 3. At 0.1: a = 1.576943460, b = 0.895060878.
[[nodiscard]] MembershipCurve membership_curve(double min_dist);

/// A map that keeps neighbourhoods (McInnes, Healy and Melville 2018, arXiv:1802.03426).
/// `neighbors` have k >= settings.neighbors - 1.
///
/// Laid out in batches: in each epoch all positions stand still while every vertex gathers the
/// pulls of those edges that are due, in their order, and for each five pushes of vertices drawn by
/// (seed, edge, epoch); then all move (Adam: Kingma and Ba 2015, beta 0.5 and 0.9, a step of
/// 1 - epoch / epochs). So the bytes depend on no order of work.
[[nodiscard]] std::vector<MapPoint> umap(const Points& points, const Neighbors& neighbors,
                                         const UmapSettings& settings);

struct SerialSettings {
  std::size_t epochs = 500;  ///< >= 1
  double learning_rate = 1;  ///< of the first epochs; falls to 0 in a line
};

/// A layout by the serial stochastic descent of the paper (algorithm 5), which moves both ends of
/// an edge at once: what the batches are compared with. `next_vertex` draws from {0, ..., n - 1}.
/// Vertices within a row are visited in the graph's order.
[[nodiscard]] std::vector<MapPoint> serial_layout(
    const WeightedGraph& graph, const MembershipCurve& curve, std::vector<MapPoint> start,
    const SerialSettings& settings, const std::function<std::uint32_t()>& next_vertex);

}  // namespace crossfold::projection
