#include "crossfold/projection/project.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/projection/neighbors.h"
#include "crossfold/projection/pca.h"
#include "crossfold/projection/quality.h"
#include "crossfold/projection/tsne.h"
#include "crossfold/projection/umap.h"

namespace crossfold::projection {
namespace {

constexpr std::size_t kUmapEpochs = 500;
constexpr std::size_t kTsneEpochs = 750;

/// Neighbours that the method itself asks for.
std::size_t method_neighbors(const ProjectSettings& settings) {
  switch (settings.method) {
    case Method::umap:
      return settings.neighbors - 1;
    case Method::tsne:
      return tsne_neighbors(settings.perplexity);
    case Method::pca:
      return 0;
  }
  throw_contract_error("a known method", __FILE__, __LINE__);
}

std::vector<MapPoint> map_of(const Points& points, const Neighbors& neighbors,
                             const ProjectSettings& settings) {
  switch (settings.method) {
    case Method::umap:
      return umap(points, neighbors,
                  {.neighbors = settings.neighbors,
                   .min_dist = settings.min_dist,
                   .epochs = settings.epochs.value_or(kUmapEpochs),
                   .seed = settings.seed,
                   .threads = settings.threads});
    case Method::tsne: {
      const std::size_t epochs = settings.epochs.value_or(kTsneEpochs);
      return tsne(points, neighbors,
                  {.perplexity = settings.perplexity,
                   .exaggerated_epochs = epochs / 3,
                   .epochs = epochs - epochs / 3,
                   .threads = settings.threads});
    }
    case Method::pca:
      return principal_map(points, settings.threads).points;
  }
  throw_contract_error("a known method", __FILE__, __LINE__);
}

}  // namespace

std::size_t fewest_points(const ProjectSettings& settings) {
  const std::size_t for_quality = (3 * settings.quality_neighbors + 1) / 2 + 1;
  return std::max({method_neighbors(settings) + 1, settings.quality_neighbors + 1, for_quality});
}

ProjectedMap project(const Points& points, const PointLabels& labels,
                     const ProjectSettings& settings) {
  CF_VALIDATE(points.count() >= fewest_points(settings), ErrorCode::bad_input,
              fmt::format("{} points are too few (a map with these settings needs {} or more, as "
                          "it looks at so many neighbours). lower --neighbors or --perplexity, or "
                          "map more samples",
                          points.count(), fewest_points(settings)));
  const std::size_t k = settings.quality_neighbors;
  const Neighbors in_points =
      nearest_neighbors(points, std::max(method_neighbors(settings), k), settings.threads);
  ProjectedMap result{.points = map_of(points, in_points, settings), .quality = {}};
  const Neighbors in_map = nearest_neighbors(as_points(result.points), k, settings.threads);
  result.quality = map_quality(points, in_points, in_map, result.points,
                               {.neighbors = k, .threads = settings.threads});
  if (!labels.classes.empty())
    result.quality.by_class = neighbor_purity(in_points, in_map, labels.classes, k);
  if (!labels.domains.empty())
    result.quality.by_domain = neighbor_purity(in_points, in_map, labels.domains, k);
  return result;
}

}  // namespace crossfold::projection
