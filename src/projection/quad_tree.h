#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "crossfold/projection/tsne.h"

namespace crossfold::projection {

/// What all points of a map do to one of them: sum over j of q^2 (y_i - y_j) and of q, where
/// q = 1 / (1 + |y_i - y_j|^2).
struct Push {
  double x = 0;
  double y = 0;
  double sum = 0;
};

/// Points of a map sorted along Morton's curve, with the square cells that hold them (Barnes and
/// Hut 1986). The tree depends on the points alone, so that every sum over it has one order.
class QuadTree {
 public:
  explicit QuadTree(std::span<const TsnePoint> map);

  /// The place of the point that is at `place` along the curve. Neighbours on the curve visit
  /// nearly the same cells, so work is shared out in this order.
  [[nodiscard]] std::uint32_t point_at(std::size_t place) const { return order_[place]; }
  /// The push on the point at `place` along the curve; a cell whose side is less than `theta` times
  /// its distance counts as one point.
  [[nodiscard]] Push push_at(std::size_t place, double theta) const;

 private:
  struct Cell {
    double x = 0, y = 0;  ///< centre of mass
    double square_side = 0;
    std::uint32_t begin = 0, end = 0;  ///< its points along the curve
    std::uint32_t next = 0;            ///< the cell after all those inside this one
    std::uint32_t is_leaf = 0;
  };
  void add_cell(const std::vector<std::uint64_t>& codes, std::uint32_t begin, std::uint32_t end,
                unsigned level, double side);

  std::vector<std::uint32_t> order_;
  std::vector<TsnePoint> sorted_;
  std::vector<Cell> cells_;  ///< each before those inside it
};

}  // namespace crossfold::projection
