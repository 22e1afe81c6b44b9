#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "crossfold/projection/points.h"

namespace crossfold::projection {

/// The nearest points of every point, itself not among them.
struct Neighbors {
  std::size_t k = 0;                 ///< neighbours of a point
  std::vector<std::uint32_t> index;  ///< [n, k], nearest first, equal ones by index
  std::vector<double> distance;      ///< [n, k], Euclidean

  [[nodiscard]] std::size_t count() const { return k == 0 ? 0 : index.size() / k; }
  [[nodiscard]] std::span<const std::uint32_t> of(std::size_t i) const {
    return std::span(index).subspan(i * k, k);
  }
  [[nodiscard]] std::span<const double> distances_of(std::size_t i) const {
    return std::span(distance).subspan(i * k, k);
  }
};

/// Exact, 1 <= k < n. All distances by blocked products in float32; those that the products' error
/// bound leaves in question again in float64, in one order of summing. So the result depends
/// neither on `threads` nor on the instruction set. O(n^2 dim) time, O(n k) memory.
[[nodiscard]] Neighbors nearest_neighbors(const Points& points, std::size_t k, unsigned threads);

/// Of those given, the k nearest of each point; 1 <= k <= neighbors.k.
[[nodiscard]] Neighbors first_neighbors(const Neighbors& neighbors, std::size_t k);

/// For each of `targets` [n, k], other points than i, its place among all others seen from point i,
/// sorted as in Neighbors: 1 is the nearest. Exact, likewise.
[[nodiscard]] std::vector<std::uint32_t> neighbor_ranks(const Points& points,
                                                        std::span<const std::uint32_t> targets,
                                                        std::size_t k, unsigned threads);

}  // namespace crossfold::projection
