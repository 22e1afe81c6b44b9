#pragma once

#include <cstddef>
#include <optional>
#include <vector>

namespace crossfold::projection {

/// One point of a map, in the map's own unit; only distances to others mean something.
struct MapPoint {
  float x = 0;
  float y = 0;
  bool operator==(const MapPoint&) const = default;
};

/// How often a point's k nearest neighbours carry its label: 1 where the label is all there is to
/// see, `chance` where nothing of it is seen.
struct NeighborPurity {
  double map = 0;            ///< among the neighbours on the map; mean over labelled points
  double points = 0;         ///< among the neighbours in what was mapped
  double chance = 0;         ///< expected if neighbours were drawn at random
  std::size_t labelled = 0;  ///< points with a label; the others are ignored
};

/// What of the neighbourhoods a map keeps; each 1 at best.
struct MapQuality {
  std::size_t neighbors = 0;   ///< k
  double trustworthiness = 0;  ///< few neighbours on the map are strangers in the points
  double continuity = 0;       ///< few neighbours in the points are far away on the map
  double neighbors_kept = 0;   ///< mean share of the k neighbours that the map keeps
  std::optional<NeighborPurity> by_class;   ///< nothing without classes
  std::optional<NeighborPurity> by_domain;  ///< nothing without domains
};

/// A map and what it is worth. The same numbers, seed and settings make the same bytes, whatever
/// the number of threads and the instruction set.
struct ProjectedMap {
  std::vector<MapPoint> points;  ///< [n], in the order of what was mapped
  MapQuality quality;
};

}  // namespace crossfold::projection
