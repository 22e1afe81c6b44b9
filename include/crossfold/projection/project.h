#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "crossfold/projection/map.h"
#include "crossfold/projection/points.h"

namespace crossfold::projection {

enum class Method { umap, tsne, pca };

struct ProjectSettings {
  Method method = Method::umap;
  std::uint64_t seed = 0;                  ///< umap; the others draw nothing
  std::size_t neighbors = 15;              ///< umap: the point itself counted
  double min_dist = 0.1;                   ///< umap
  double perplexity = 30;                  ///< tsne
  std::optional<std::size_t> epochs = {};  ///< umap: 500; tsne: 750, the first third exaggerated
  std::size_t quality_neighbors = 15;      ///< k of the quality, the point itself not counted
  unsigned threads = 1;
};

/// Labels of points as codes, negative where a point has none; empty: no labels.
struct PointLabels {
  std::span<const std::int32_t> classes;
  std::span<const std::int32_t> domains;
};

/// Fewest points that `settings` can map.
[[nodiscard]] std::size_t fewest_points(const ProjectSettings& settings);

/// A map of the points and its quality. Error{bad_input} for fewer than fewest_points().
[[nodiscard]] ProjectedMap project(const Points& points, const PointLabels& labels,
                                   const ProjectSettings& settings);

}  // namespace crossfold::projection
