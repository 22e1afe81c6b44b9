#include "distance_bounds.h"

#include <algorithm>
#include <cmath>

#include "crossfold/core/error.h"
#include "crossfold/solve/products.h"

namespace crossfold::projection {
namespace {

std::vector<double> column_means(const Points& points) {
  std::vector<double> mean(points.dim, 0);
  for (std::size_t i = 0; i < points.count(); ++i) {
    const std::span<const float> row = points.row(i);
    for (std::size_t d = 0; d < points.dim; ++d) mean[d] += row[d];
  }
  for (double& value : mean) value /= static_cast<double>(points.count());
  return mean;
}

}  // namespace

DistanceBounds::DistanceBounds(const Points& points)
    : dim_(points.dim),
      count_(points.count()),
      centred_(points.values.size()),
      low_(points.count()),
      width_(points.count()) {
  const std::vector<double> mean = column_means(points);
  const double c = static_cast<double>(dim_ + 16) * 0x1.0p-23;
  for (std::size_t i = 0; i < count_; ++i) {
    const std::span<const float> row = points.row(i);
    double squares = 0;
    for (std::size_t d = 0; d < dim_; ++d) {
      const auto off = static_cast<float>(static_cast<double>(row[d]) - mean[d]);
      centred_[i * dim_ + d] = off;
      squares += static_cast<double>(off) * static_cast<double>(off);
    }
    CF_VALIDATE(squares < 1e37, ErrorCode::bad_input,
                "a feature is too large to compare points by it (their squares overflow). "
                "standardise the features, or remove that one");
    low_[i] = static_cast<float>((1 - c) * squares);
    width_[i] = static_cast<float>(2 * c * squares);
  }
}

void DistanceBounds::fill(Tile& tile) const {
  CF_EXPECT(tile.rows <= kRows && tile.first_column < count_);
  tile.columns = std::min(kColumns, count_ - tile.first_column);
  tile.low.resize(kRows * kColumns);
  solve::multiply({.a = solve::Operand::plain,
                   .b = solve::Operand::transposed,
                   .m = tile.rows,
                   .n = tile.columns,
                   .k = dim_},
                  centred_.data() + tile.first_row * dim_, dim_,
                  centred_.data() + tile.first_column * dim_, dim_, tile.low.data(), tile.columns);
  const float* norm = low_.data() + tile.first_column;
  for (std::size_t i = 0; i < tile.rows; ++i) {
    float* row = tile.low.data() + i * tile.columns;
    const float own = low_[tile.first_row + i];
    for (std::size_t j = 0; j < tile.columns; ++j) row[j] = (own + norm[j]) - 2 * row[j];
  }
}

}  // namespace crossfold::projection
