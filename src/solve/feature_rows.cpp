#include "crossfold/solve/feature_rows.h"

#include <cmath>

#include "crossfold/core/error.h"

namespace crossfold {

ColumnScaling column_scaling(const FeatureRows& features) {
  const std::size_t dim = features.dim;
  CF_EXPECT(dim > 0);
  const std::size_t count = features.count();
  CF_EXPECT(count > 0);
  // Sums are taken of differences from the first row: a column that does not vary gives exactly 0.
  const float* first = features.row(0);
  std::vector<double> sum(dim), sum_of_squares(dim);
  for (std::size_t i = 0; i < count; ++i) {
    const float* row = features.row(i);
    for (std::size_t d = 0; d < dim; ++d) {
      const double difference = static_cast<double>(row[d]) - first[d];
      sum[d] += difference;
      sum_of_squares[d] += difference * difference;
    }
  }
  ColumnScaling scaling{.mean = std::vector<double>(dim), .inverse_sd = std::vector<double>(dim)};
  const double n = static_cast<double>(count);
  for (std::size_t d = 0; d < dim; ++d) {
    const double shift = sum[d] / n;
    const double variance = sum_of_squares[d] / n - shift * shift;
    scaling.mean[d] = first[d] + shift;
    scaling.inverse_sd[d] = variance > 0 ? 1 / std::sqrt(variance) : 1;
  }
  return scaling;
}

}  // namespace crossfold
