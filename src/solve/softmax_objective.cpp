#include "softmax_objective.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <type_traits>
#include <utility>

#include "crossfold/core/error.h"

#include "row_kernels.h"

namespace crossfold::solve {
namespace {

std::vector<double> helmert_contrasts(std::size_t levels) {
  const std::size_t columns = levels - 1;
  std::vector<double> q(levels * columns);
  for (std::size_t c = 0; c < columns; ++c) {
    const double k = static_cast<double>(c + 1);
    const double length = std::sqrt(k * (k + 1));
    for (std::size_t level = 0; level <= c; ++level) q[level * columns + c] = 1 / length;
    q[(c + 1) * columns + c] = -k / length;
  }
  return q;
}

/// Sums over the places of a block, [columns] of [columns, kSoftmaxBlock].
template <class T>
std::vector<T> row_sums(const std::vector<T>& values) {
  std::vector<T> sums(values.size() / kSoftmaxBlock);
  for (std::size_t c = 0; c < sums.size(); ++c) {
    const auto first = values.begin() + static_cast<std::ptrdiff_t>(c * kSoftmaxBlock);
    sums[c] = std::accumulate(first, first + kSoftmaxBlock, T{0});
  }
  return sums;
}

}  // namespace

SoftmaxObjective::SoftmaxObjective(const FeatureRows& features, std::vector<std::int32_t> labels,
                                   std::size_t levels, double c, InstructionSet set,
                                   std::span<const float> weights)
    : dim_(features.dim),
      levels_(levels),
      penalty_(1 / (c * static_cast<double>(features.count()))),
      rows_(features.count()),
      labels_(std::move(labels)),
      weights_(weights.begin(), weights.end()),
      centre_(dim_),
      scale_(dim_, 1.0),
      shift_(dim_),
      contrasts_(helmert_contrasts(levels)),
      gradient_(size()),
      predictors_(blocks() * columns() * kBlock),
      along_(predictors_.size()),
      residuals_(predictors_.size()),
      probabilities_(blocks() * levels * kBlock),
      curvature_(blocks() * pairs() * kBlock),
      scratch_(levels * kBlock),
      set_(set),
      kernels_(softmax_kernels(set)) {
  CF_EXPECT(labels_.size() == count());
  for (std::size_t i = 0; i < count(); ++i) rows_[i] = features.row(i);
  const std::vector<double> ones(count(), 1.0);
  row_kernels<double>(set_).add_transposed(rows_.data(), count(), dim_, ones.data(), count(), 1,
                                           centre_.data());
  for (double& mean : centre_) mean /= static_cast<double>(count());
  if (features.scaling != nullptr) scale_ = features.scaling->inverse_sd;
  for (std::size_t d = 0; d < dim_; ++d) {
    shift_[d] = (centre_[d] - (features.scaling ? features.scaling->mean[d] : 0.0)) * scale_[d];
  }
}

void SoftmaxObjective::working_row(std::size_t i, float* out) const {
  const float* row = rows_[i];
  for (std::size_t d = 0; d < dim_; ++d) {
    out[d] = static_cast<float>((row[d] - centre_[d]) * scale_[d]);
  }
}

template <class T>
SoftmaxObjective::StoredWeights<T> SoftmaxObjective::stored_weights(
    std::span<const double> theta) const {
  StoredWeights<T> stored{.weights = std::vector<T>(columns() * dim_),
                          .offsets = std::vector<T>(columns())};
  for (std::size_t c = 0; c < columns(); ++c) {
    const double* row = theta.data() + c * (dim_ + 1);
    double offset = row[dim_];
    for (std::size_t d = 0; d < dim_; ++d) {
      const double weight = row[d] * scale_[d];
      stored.weights[c * dim_ + d] = static_cast<T>(weight);
      offset -= weight * centre_[d];
    }
    stored.offsets[c] = static_cast<T>(offset);
  }
  return stored;
}

template <class T>
void SoftmaxObjective::gather_sums(const std::vector<T>& stored, const std::vector<T>& ones,
                                   std::span<const double> theta, std::span<double> out) const {
  for (std::size_t c = 0; c < columns(); ++c) {
    const std::size_t first = c * (dim_ + 1);
    const double sum = ones[c];
    for (std::size_t d = 0; d < dim_; ++d) {
      out[first + d] =
          scale_[d] * (stored[c * dim_ + d] - centre_[d] * sum) + penalty_ * theta[first + d];
    }
    out[first + dim_] = sum;
  }
}

void SoftmaxObjective::move_to(std::span<const double> theta) {
  theta_.assign(size(), 0.0);
  std::fill(predictors_.begin(), predictors_.end(), 0.0);
  aim(theta);
  (void)look(1);
  arrive();
}

void SoftmaxObjective::aim(std::span<const double> direction) {
  direction_.assign(direction.begin(), direction.end());
  const auto weights = stored_weights<double>(direction_);
  for (std::size_t block = 0; block < blocks(); ++block) {
    const std::size_t size = std::min(kBlock, count() - block * kBlock);
    double* const along = along_.data() + block * columns() * kBlock;
    row_kernels<double>(set_).products(rows_.data() + block * kBlock, size, dim_,
                                       weights.weights.data(), columns(), along, kBlock);
    for (std::size_t c = 0; c < columns(); ++c) {
      for (std::size_t i = 0; i < size; ++i) along[c * kBlock + i] += weights.offsets[c];
    }
  }
}

SoftmaxObjective::LinePoint SoftmaxObjective::look(double length) {
  length_ = length;
  LinePoint point;
  std::vector<double> slopes(kBlock);
  for (std::size_t block = 0; block < blocks(); ++block) {
    const std::size_t first = block * columns() * kBlock;
    point.value +=
        kernels_.evaluate({.levels = levels_,
                           .size = std::min(kBlock, count() - block * kBlock),
                           .share = 1 / static_cast<double>(count()),
                           .contrasts = contrasts_.data(),
                           .labels = labels_.data() + block * kBlock,
                           .weights = weights_.empty() ? nullptr : weights_.data() + block * kBlock,
                           .base = predictors_.data() + first,
                           .direction = along_.data() + first,
                           .length = length,
                           .residuals = residuals_.data() + first,
                           .slopes = slopes.data(),
                           .probabilities = probabilities_.data() + block * levels_ * kBlock,
                           .curvature = curvature_.data() + block * pairs() * kBlock,
                           .scratch = scratch_.data()});
  }
  point.slope = std::accumulate(slopes.begin(), slopes.end(), 0.0);
  for (std::size_t c = 0; c < columns(); ++c) {
    for (std::size_t d = 0; d < dim_; ++d) {
      const double by = direction_[c * (dim_ + 1) + d];
      const double weight = theta_[c * (dim_ + 1) + d] + length * by;
      point.value += penalty_ * weight * weight / 2;
      point.slope += penalty_ * weight * by;
    }
  }
  seen_value_ = point.value;
  return point;
}

void SoftmaxObjective::arrive() {
  double largest = 0;
  for (std::size_t j = 0; j < predictors_.size(); ++j) {
    const double by = length_ * along_[j];
    largest = largest < std::abs(by) ? std::abs(by) : largest;
    predictors_[j] += by;
  }
  largest_move_ = largest;
  for (std::size_t j = 0; j < theta_.size(); ++j) theta_[j] += length_ * direction_[j];
  value_ = seen_value_;
  std::vector<double> sums(columns() * kBlock), stored(columns() * dim_);
  for (std::size_t block = 0; block < blocks(); ++block) {
    const double* const residuals = residuals_.data() + block * columns() * kBlock;
    for (std::size_t j = 0; j < sums.size(); ++j) sums[j] += residuals[j];
    row_kernels<double>(set_).add_transposed(rows_.data() + block * kBlock,
                                             std::min(kBlock, count() - block * kBlock), dim_,
                                             residuals, kBlock, columns(), stored.data());
  }
  gather_sums(stored, row_sums(sums), theta_, gradient_);
}

double SoftmaxObjective::largest_gradient() const {
  // Back to the caller's features, x = working + shift, and to levels, W = Q V.
  double largest = 0;
  for (std::size_t d = 0; d <= dim_; ++d) {
    const double shift = d < dim_ ? shift_[d] : 0;
    for (std::size_t level = 0; level < levels_; ++level) {
      double entry = 0;
      for (std::size_t c = 0; c < columns(); ++c) {
        const double* row = gradient_.data() + c * (dim_ + 1);
        entry += contrast(level, c) * (row[d] + shift * row[dim_]);
      }
      largest = std::max(largest, std::abs(entry));
    }
  }
  return largest;
}

template <class T>
void SoftmaxObjective::hessian_product(std::span<const double> direction,
                                       std::span<double> out) const {
  const auto weights = stored_weights<T>(direction);
  std::vector<T> stored(columns() * dim_);
  std::vector<T> predictors(columns() * kBlock), factors(columns() * kBlock);
  std::vector<T> factor_sums(columns() * kBlock);
  for (std::size_t block = 0; block < blocks(); ++block) {
    const float* const* rows = rows_.data() + block * kBlock;
    const std::size_t size = std::min(kBlock, count() - block * kBlock);
    row_kernels<T>(set_).products(rows, size, dim_, weights.weights.data(), columns(),
                                  predictors.data(), kBlock);
    const FactorBlock<T> part{.columns = columns(),
                              .share = static_cast<T>(1 / static_cast<double>(count())),
                              .curvature = curvature_.data() + block * pairs() * kBlock,
                              .offsets = weights.offsets.data(),
                              .predictors = predictors.data(),
                              .factors = factors.data(),
                              .factor_sums = factor_sums.data()};
    if constexpr (std::is_same_v<T, float>)
      kernels_.factors_float(part);
    else
      kernels_.factors_double(part);
    row_kernels<T>(set_).add_transposed(rows, size, dim_, factors.data(), kBlock, columns(),
                                        stored.data());
  }
  gather_sums(stored, row_sums(factor_sums), direction, out);
}

template void SoftmaxObjective::hessian_product<float>(std::span<const double>,
                                                       std::span<double>) const;
template void SoftmaxObjective::hessian_product<double>(std::span<const double>,
                                                        std::span<double>) const;

void SoftmaxObjective::parameters(std::span<double> weights, std::span<double> intercepts) const {
  for (std::size_t level = 0; level < levels_; ++level) {
    double intercept = 0;
    for (std::size_t c = 0; c < columns(); ++c) {
      intercept += contrast(level, c) * theta_[c * (dim_ + 1) + dim_];
    }
    for (std::size_t d = 0; d < dim_; ++d) {
      double weight = 0;
      for (std::size_t c = 0; c < columns(); ++c) {
        weight += contrast(level, c) * theta_[c * (dim_ + 1) + d];
      }
      weights[level * dim_ + d] = weight;
      intercept -= weight * shift_[d];
    }
    intercepts[level] = intercept;
  }
}

std::vector<double> SoftmaxObjective::theta_of(std::span<const double> weights,
                                               std::span<const double> intercepts) const {
  std::vector<double> theta(size());
  for (std::size_t level = 0; level < levels_; ++level) {
    double intercept = intercepts[level];
    for (std::size_t d = 0; d < dim_; ++d) intercept += weights[level * dim_ + d] * shift_[d];
    for (std::size_t c = 0; c < columns(); ++c) {
      double* row = theta.data() + c * (dim_ + 1);
      for (std::size_t d = 0; d < dim_; ++d) {
        row[d] += contrast(level, c) * weights[level * dim_ + d];
      }
      row[dim_] += contrast(level, c) * intercept;
    }
  }
  return theta;
}

}  // namespace crossfold::solve
