#include "crossfold/solve/ridge_regression.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/solve/positive_system.h"

namespace crossfold {
namespace {

/// Rows whose products are added to the normal equations in one pass over them.
constexpr std::size_t kRowsAtOnce = 8;

void read_row(const FeatureRows& features, std::size_t i, std::span<double> row) {
  const float* values = features.row(i);
  for (std::size_t d = 0; d < features.dim; ++d) {
    row[d] = values[d];
    if (features.scaling != nullptr)
      row[d] = (row[d] - features.scaling->mean[d]) * features.scaling->inverse_sd[d];
  }
}

/// Error{bad_input} when one is not finite: the sum of its column then is not either.
std::vector<double> column_means(const FeatureRows& features) {
  const std::size_t count = features.count();
  std::vector<double> mean(features.dim), row(features.dim);
  for (std::size_t i = 0; i < count; ++i) {
    read_row(features, i, row);
    for (std::size_t d = 0; d < features.dim; ++d) mean[d] += row[d];
  }
  for (std::size_t d = 0; d < features.dim; ++d) {
    CF_VALIDATE(std::isfinite(mean[d]), ErrorCode::bad_input,
                fmt::format("feature {} is not finite in some sample (no regression can be fitted "
                            "to it). compute the embedding again",
                            d));
    mean[d] /= static_cast<double>(count);
  }
  return mean;
}

/// X'X + penalty I (its lower half) and X'y, of centred columns and targets.
struct NormalEquations {
  std::vector<double> matrix;
  std::vector<double> right_side;
};

/// Adds kRowsAtOnce rows [kRowsAtOnce, dim] and their targets.
void add_rows(std::span<const double> rows, std::span<const double> targets,
              NormalEquations& equations) {
  const std::size_t dim = equations.right_side.size();
  for (std::size_t j = 0; j < dim; ++j) {
    double at[kRowsAtOnce];
    for (std::size_t r = 0; r < kRowsAtOnce; ++r) {
      at[r] = rows[r * dim + j];
      equations.right_side[j] += at[r] * targets[r];
    }
    double* sums = equations.matrix.data() + j * dim;
    const double* x = rows.data();
    for (std::size_t k = 0; k <= j; ++k)
      sums[k] += ((at[0] * x[k] + at[1] * x[dim + k]) +
                  (at[2] * x[2 * dim + k] + at[3] * x[3 * dim + k])) +
                 ((at[4] * x[4 * dim + k] + at[5] * x[5 * dim + k]) +
                  (at[6] * x[6 * dim + k] + at[7] * x[7 * dim + k]));
  }
}

NormalEquations normal_equations(const FeatureRows& features, std::span<const double> mean,
                                 std::span<const double> centred_targets, double penalty) {
  const std::size_t dim = features.dim;
  NormalEquations equations{.matrix = std::vector<double>(dim * dim),
                            .right_side = std::vector<double>(dim)};
  std::vector<double> rows(kRowsAtOnce * dim), targets(kRowsAtOnce);
  for (std::size_t first = 0; first < features.count(); first += kRowsAtOnce) {
    const std::size_t count = std::min(kRowsAtOnce, features.count() - first);
    std::fill(rows.begin(), rows.end(), 0.0);  // a row of zeros adds nothing
    std::fill(targets.begin(), targets.end(), 0.0);
    for (std::size_t r = 0; r < count; ++r) {
      const std::span<double> row = std::span(rows).subspan(r * dim, dim);
      read_row(features, first + r, row);
      for (std::size_t d = 0; d < dim; ++d) row[d] -= mean[d];
      targets[r] = centred_targets[first + r];
    }
    add_rows(rows, targets, equations);
  }
  for (std::size_t d = 0; d < dim; ++d) equations.matrix[d * dim + d] += penalty;
  return equations;
}

}  // namespace

RidgeModel fit_ridge(const FeatureRows& features, std::span<const double> targets, double c) {
  CF_EXPECT(!targets.empty() && targets.size() == features.count() && c > 0);
  const std::vector<double> mean = column_means(features);
  const double mean_target =
      std::accumulate(targets.begin(), targets.end(), 0.0) / static_cast<double>(targets.size());
  std::vector<double> centred(targets.begin(), targets.end());
  for (double& target : centred) target -= mean_target;
  NormalEquations equations = normal_equations(features, mean, centred, 1 / c);
  RidgeModel model;
  model.weights = solve::solve_positive_definite(std::move(equations.matrix), equations.right_side);
  model.intercept =
      mean_target - std::inner_product(mean.begin(), mean.end(), model.weights.begin(), 0.0);
  return model;
}

std::vector<double> predictions(const RidgeModel& model, const FeatureRows& features) {
  CF_EXPECT(model.weights.size() == features.dim);
  std::vector<double> values, row(features.dim);
  values.reserve(features.count());
  for (std::size_t i = 0; i < features.count(); ++i) {
    read_row(features, i, row);
    values.push_back(
        std::inner_product(row.begin(), row.end(), model.weights.begin(), model.intercept));
  }
  return values;
}

}  // namespace crossfold
