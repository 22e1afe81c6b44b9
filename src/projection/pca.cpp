#include "crossfold/projection/pca.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "crossfold/core/error.h"

#include "eigenpairs.h"
#include "row_blocks.h"

namespace crossfold::projection {
namespace {

constexpr double kComponentTolerance = 1e-9;
constexpr std::size_t kRowsAtOnce = 256;

/// Sums over the rows of `term`, which adds a row to a vector [dim]; blocks are added in order.
template <class Term>
std::vector<double> column_sums(const Points& points, unsigned threads, const Term& term) {
  const std::size_t blocks = (points.count() + kRowsAtOnce - 1) / kRowsAtOnce;
  std::vector<std::vector<double>> partial(blocks);
  for_row_blocks(points.count(), kRowsAtOnce, threads, [&](RowRange range) {
    std::vector<double> sum(points.dim, 0);
    for (std::size_t i = range.begin; i < range.end; ++i) term(i, std::span<double>(sum));
    partial[range.begin / kRowsAtOnce] = std::move(sum);
  });
  std::vector<double> total(points.dim, 0);
  for (const std::vector<double>& one : partial)
    for (std::size_t d = 0; d < points.dim; ++d) total[d] += one[d];
  return total;
}

std::vector<double> means_of(const Points& points, unsigned threads) {
  std::vector<double> mean =
      column_sums(points, threads, [&](std::size_t i, std::span<double> sum) {
        for (std::size_t d = 0; d < points.dim; ++d) sum[d] += points.row(i)[d];
      });
  for (double& value : mean) value /= static_cast<double>(points.count());
  return mean;
}

/// What a row less the mean is along a direction [dim].
double score(std::span<const float> row, std::span<const double> mean,
             std::span<const double> direction) {
  constexpr std::size_t kSums = 4;
  std::array<double, kSums> sums{};
  const std::size_t whole = row.size() / kSums * kSums;
  for (std::size_t d = 0; d < whole; d += kSums)
    for (std::size_t s = 0; s < kSums; ++s)
      sums[s] += (static_cast<double>(row[d + s]) - mean[d + s]) * direction[d + s];
  for (std::size_t d = whole; d < row.size(); ++d)
    sums[0] += (static_cast<double>(row[d]) - mean[d]) * direction[d];
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

std::vector<double> scores_on(const Points& points, const std::vector<double>& mean,
                              const std::vector<double>& direction, unsigned threads) {
  std::vector<double> scores(points.count());
  for_row_blocks(points.count(), kRowsAtOnce, threads, [&](RowRange range) {
    for (std::size_t i = range.begin; i < range.end; ++i)
      scores[i] = score(points.row(i), mean, direction);
  });
  const auto largest = std::max_element(
      scores.begin(), scores.end(), [](double a, double b) { return std::abs(a) < std::abs(b); });
  if (*largest < 0)
    for (double& value : scores) value = -value;
  return scores;
}

}  // namespace

PrincipalMap principal_map(const Points& points, unsigned threads) {
  CF_EXPECT(points.count() >= 2 && points.dim >= 1);
  const std::vector<double> mean = means_of(points, threads);
  const double freedom = static_cast<double>(points.count() - 1);
  const SymmetricOperator covariance = [&](std::span<const double> x, std::span<double> y) {
    const std::vector<double> sums =
        column_sums(points, threads, [&](std::size_t i, std::span<double> sum) {
          const std::span<const float> row = points.row(i);
          const double along = score(row, mean, x);
          for (std::size_t d = 0; d < points.dim; ++d)
            sum[d] += along * (static_cast<double>(row[d]) - mean[d]);
        });
    for (std::size_t d = 0; d < points.dim; ++d) y[d] = sums[d] / freedom;
  };
  const std::size_t wanted = std::min<std::size_t>(2, points.dim);
  const EigenPairs pairs = largest_eigenpairs(points.dim, covariance,
                                              {.wanted = wanted, .tolerance = kComponentTolerance});
  PrincipalMap map;
  map.points.resize(points.count());
  for (std::size_t c = 0; c < wanted; ++c) {
    map.variance[c] = std::max(pairs.values[c], 0.0);
    const std::vector<double> scores = scores_on(points, mean, pairs.vectors[c], threads);
    for (std::size_t i = 0; i < scores.size(); ++i)
      (c == 0 ? map.points[i].x : map.points[i].y) = static_cast<float>(scores[i]);
  }
  map.total_variance = sum_over_rows(points.count(), threads, [&](RowRange range) {
    double sum = 0;
    for (std::size_t i = range.begin; i < range.end; ++i)
      for (std::size_t d = 0; d < points.dim; ++d) {
        const double off = static_cast<double>(points.row(i)[d]) - mean[d];
        sum += off * off;
      }
    return sum / freedom;
  });
  return map;
}

}  // namespace crossfold::projection
