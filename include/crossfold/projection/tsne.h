#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "crossfold/projection/fuzzy_graph.h"
#include "crossfold/projection/map.h"
#include "crossfold/projection/neighbors.h"
#include "crossfold/projection/points.h"

namespace crossfold::projection {

using TsnePoint = std::array<double, 2>;

/// How the pushes between all points are summed.
enum class Repulsion {
  exact,       ///< over all pairs, O(n^2)
  barnes_hut,  ///< far points together, O(n log n)
};

struct TsneSettings {
  double perplexity = 30;                ///< 1 <= perplexity, 3 perplexity < n
  std::size_t exaggerated_epochs = 250;  ///< with similarities times `exaggeration`
  std::size_t epochs = 500;              ///< after them
  double exaggeration = 12;
  Repulsion repulsion = Repulsion::barnes_hut;
  double theta = 0.5;  ///< a cell counts as one point when its side < theta times its distance
  unsigned threads = 1;
};

/// Neighbours that `perplexity` asks for: three times it (van der Maaten 2014).
[[nodiscard]] std::size_t tsne_neighbors(double perplexity);

/// A map that keeps similarities (van der Maaten and Hinton 2008; Barnes-Hut: van der Maaten 2014).
/// `neighbors` have k >= tsne_neighbors(perplexity). Starts from the principal components with a
/// standard deviation of 1e-4, so that no random number enters. Gradient steps with gains and
/// momentum 0.5, then 0.8, at a rate of n / 48, at least 50 (n / 12 where the gradient lacks its
/// factor 4; Belkina et al. 2019).
[[nodiscard]] std::vector<MapPoint> tsne(const Points& points, const Neighbors& neighbors,
                                         const TsneSettings& settings);

/// The same from similarities and a start.
[[nodiscard]] std::vector<TsnePoint> tsne_layout(const WeightedGraph& similarities,
                                                 std::vector<TsnePoint> start,
                                                 const TsneSettings& settings);

/// Kullback-Leibler divergence of a map from the similarities, over all pairs, in nats.
[[nodiscard]] double tsne_divergence(const WeightedGraph& similarities,
                                     std::span<const TsnePoint> map, unsigned threads);

/// Its gradient (van der Maaten and Hinton 2008, eq. 5), similarities times `exaggeration`.
[[nodiscard]] std::vector<TsnePoint> tsne_gradient(const WeightedGraph& similarities,
                                                   std::span<const TsnePoint> map,
                                                   const TsneSettings& settings,
                                                   double exaggeration);

}  // namespace crossfold::projection
