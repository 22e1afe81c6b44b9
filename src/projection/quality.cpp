#include "crossfold/projection/quality.h"

#include <algorithm>
#include <map>

#include "crossfold/core/error.h"

namespace crossfold::projection {
namespace {

static_assert(sizeof(MapPoint) == 2 * sizeof(float));

/// One less a penalty for the neighbours in one space by how far down they stand in the other:
/// 1 - 2 / (n k (2 n - 3 k - 1)) sum max(0, rank - k) (Venna and Kaski 2001).
double faithfulness(const Points& other_space, const Neighbors& neighbors, std::size_t k,
                    unsigned threads) {
  const std::vector<std::uint32_t> ranks =
      neighbor_ranks(other_space, neighbors.index, neighbors.k, threads);
  std::uint64_t too_far = 0;
  for (const std::uint32_t rank : ranks)
    if (rank > k) too_far += rank - k;
  const auto n = static_cast<double>(neighbors.count());
  const auto near = static_cast<double>(k);
  return 1 - 2 / (n * near * (2 * n - 3 * near - 1)) * static_cast<double>(too_far);
}

double share_kept(const Neighbors& a, const Neighbors& b, std::size_t k) {
  std::uint64_t kept = 0;
  for (std::size_t i = 0; i < a.count(); ++i)
    for (const std::uint32_t j : a.of(i)) {
      const auto other = b.of(i);
      kept += std::find(other.begin(), other.end(), j) != other.end() ? 1 : 0;
    }
  return static_cast<double>(kept) / static_cast<double>(a.count() * k);
}

/// Mean over labelled points of the share of their labelled neighbours with their label.
double purity_of(const Neighbors& neighbors, std::span<const std::int32_t> labels, std::size_t k) {
  double sum = 0;
  std::size_t points = 0;
  for (std::size_t i = 0; i < neighbors.count(); ++i) {
    if (labels[i] < 0) continue;
    std::size_t same = 0, labelled = 0;
    for (const std::uint32_t j : neighbors.of(i).first(k)) {
      labelled += labels[j] >= 0 ? 1 : 0;
      same += labels[j] == labels[i] ? 1 : 0;
    }
    if (labelled == 0) continue;
    sum += static_cast<double>(same) / static_cast<double>(labelled);
    ++points;
  }
  return points == 0 ? 0 : sum / static_cast<double>(points);
}

}  // namespace

Points as_points(std::span<const MapPoint> map) {
  return {.values = {map.empty() ? nullptr : &map.front().x, 2 * map.size()}, .dim = 2};
}

MapQuality map_quality(const Points& points, const Neighbors& in_points, const Neighbors& in_map,
                       std::span<const MapPoint> map, const QualitySettings& settings) {
  const std::size_t k = settings.neighbors;
  CF_EXPECT(k >= 1 && 2 * points.count() > 3 * k + 1 && map.size() == points.count());
  const Neighbors nearest = first_neighbors(in_points, k);
  const Neighbors nearest_on_map = first_neighbors(in_map, k);
  return {.neighbors = k,
          .trustworthiness = faithfulness(points, nearest_on_map, k, settings.threads),
          .continuity = faithfulness(as_points(map), nearest, k, settings.threads),
          .neighbors_kept = share_kept(nearest, nearest_on_map, k),
          .by_class = {},
          .by_domain = {}};
}

std::optional<NeighborPurity> neighbor_purity(const Neighbors& in_points, const Neighbors& in_map,
                                              std::span<const std::int32_t> labels,
                                              std::size_t neighbors) {
  CF_EXPECT(labels.size() == in_points.count() && labels.size() == in_map.count());
  std::map<std::int32_t, std::size_t> counts;
  std::size_t labelled = 0;
  for (const std::int32_t label : labels) {
    if (label < 0) continue;
    ++counts[label];
    ++labelled;
  }
  if (labelled < 2) return std::nullopt;
  double chance = 0;
  for (const auto& [label, count] : counts)
    chance += static_cast<double>(count) * static_cast<double>(count - 1);
  chance /= static_cast<double>(labelled) * static_cast<double>(labelled - 1);
  return NeighborPurity{.map = purity_of(in_map, labels, neighbors),
                        .points = purity_of(in_points, labels, neighbors),
                        .chance = chance,
                        .labelled = labelled};
}

}  // namespace crossfold::projection
