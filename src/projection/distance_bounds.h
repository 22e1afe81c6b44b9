#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "crossfold/projection/points.h"

namespace crossfold::projection {

/// Bounds on all distances from a block of points, by one float32 product a tile.
///
/// With x, y the points less their mean in float32, |x - y|^2 = |x|^2 + |y|^2 - 2 x.y; rounding in
/// any order of summing, mean and norms included, changes it by at most c (|x|^2 + |y|^2), c =
/// (dim + 16) 2^-23. (Higham 2002, eq. 3.5: a product's error is at most dim 2^-24 |x||y|, and
/// |x||y| <= (|x|^2 + |y|^2) / 2; the rest is room.)
class DistanceBounds {
 public:
  static constexpr std::size_t kRows = 128;     ///< points of a block at most
  static constexpr std::size_t kColumns = 512;  ///< points of a tile

  explicit DistanceBounds(const Points& points);

  /// What is known of the squared distances from points first_row, ... to first_column, ....
  struct Tile {
    std::size_t first_row = 0, rows = 0;
    std::size_t first_column = 0, columns = 0;
    std::vector<float> low = {};  ///< [rows, columns]: no squared distance is below this
  };
  /// `tile` says which rows and where the columns begin; the rest of it is filled in.
  void fill(Tile& tile) const;
  /// How far above `low` a squared distance can be.
  [[nodiscard]] float width(std::size_t row, std::size_t column) const {
    return width_[row] + width_[column];
  }

 private:
  std::size_t dim_;
  std::size_t count_;
  std::vector<float> centred_;  ///< [count, dim]
  std::vector<float> low_;      ///< [count], (1 - c) |x|^2, rounded down
  std::vector<float> width_;    ///< [count], 2 c |x|^2, rounded up
};

}  // namespace crossfold::projection
