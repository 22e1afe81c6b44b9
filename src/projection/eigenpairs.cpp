#include "eigenpairs.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "crossfold/core/error.h"
#include "crossfold/core/random_stream.h"

namespace crossfold::projection {
namespace {

constexpr std::size_t kBasis = 48;  ///< vectors at most
constexpr std::size_t kSpare = 14;  ///< kept at a restart, beside those wanted

double dot(std::span<const double> a, std::span<const double> b) {
  constexpr std::size_t kSums = 8;
  std::array<double, kSums> sums{};
  const std::size_t whole = a.size() / kSums * kSums;
  for (std::size_t i = 0; i < whole; i += kSums)
    for (std::size_t s = 0; s < kSums; ++s) sums[s] += a[i + s] * b[i + s];
  for (std::size_t i = whole; i < a.size(); ++i) sums[0] += a[i] * b[i];
  return std::accumulate(sums.begin(), sums.end(), 0.0);
}

void add_scaled(std::span<double> a, double factor, std::span<const double> b) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] += factor * b[i];
}

void scale(std::span<double> a, double factor) {
  for (double& value : a) value *= factor;
}

/// Zeroes entry (p, q) of `matrix` by a rotation, which is noted in `vectors`.
void rotate(std::vector<double>& matrix, std::vector<double>& vectors, std::size_t n, std::size_t p,
            std::size_t q) {
  const double off = matrix[p * n + q];
  if (off == 0) return;
  const double theta = (matrix[q * n + q] - matrix[p * n + p]) / (2 * off);
  const double t = (theta >= 0 ? 1 : -1) / (std::abs(theta) + std::sqrt(theta * theta + 1));
  const double c = 1 / std::sqrt(t * t + 1);
  const double s = t * c;
  const auto turn = [c, s](double& a, double& b) {
    const double old = a;
    a = c * old - s * b;
    b = s * old + c * b;
  };
  for (std::size_t i = 0; i < n; ++i) turn(matrix[i * n + p], matrix[i * n + q]);
  for (std::size_t i = 0; i < n; ++i) turn(matrix[p * n + i], matrix[q * n + i]);
  for (std::size_t i = 0; i < n; ++i) turn(vectors[i * n + p], vectors[i * n + q]);
}

double off_diagonal(const std::vector<double>& matrix, std::size_t n) {
  double sum = 0;
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < i; ++j) sum += matrix[i * n + j] * matrix[i * n + j];
  return std::sqrt(sum);
}

/// The growing basis and A seen in it.
class Lanczos {
 public:
  Lanczos(std::size_t n, const SymmetricOperator& apply, const EigenSettings& settings)
      : n_(n),
        apply_(apply),
        settings_(settings),
        size_(std::min(n, std::max(kBasis, 2 * settings.wanted + kSpare))) {
    append(fresh());
  }

  EigenPairs run() {
    for (std::size_t steps = 0;;) {
      steps += extend();
      const EigenPairs inner = dense_eigenpairs(projected(), basis_.size());
      const bool whole = basis_.size() == n_;
      const double residual = whole ? 0 : worst_residual(inner);
      if (whole || residual <= settings_.tolerance || steps >= settings_.max_steps)
        return ritz_pairs(inner, settings_.wanted, residual);
      restart(inner);
    }
  }

 private:
  /// A unit vector orthogonal to the basis.
  std::vector<double> fresh() {
    std::vector<double> vector(n_);
    while (true) {
      for (double& value : vector) value = stream_.uniform(-1, 1);
      for (int pass = 0; pass < 2; ++pass)
        for (const auto& other : basis_) add_scaled(vector, -dot(other, vector), other);
      const double length = std::sqrt(dot(vector, vector));
      if (length < 1e-8) continue;
      scale(vector, 1 / length);
      return vector;
    }
  }

  void append(std::vector<double> vector) { basis_.push_back(std::move(vector)); }

  /// Applies A to every basis vector that it was not applied to yet, until the basis is full. What
  /// is left of the last product is the next basis vector, `next_`, of length `beta_`.
  std::size_t extend() {
    std::size_t steps = 0;
    while (true) {
      const std::size_t last = columns_.size();
      std::vector<double> product(n_);
      apply_(basis_[last], product);
      ++steps;
      std::vector<double> column(last + 1, 0);
      const double length = std::sqrt(dot(product, product));
      for (int pass = 0; pass < 2; ++pass)
        for (std::size_t i = 0; i <= last; ++i) {
          const double part = dot(basis_[i], product);
          add_scaled(product, -part, basis_[i]);
          column[i] += part;
        }
      columns_.push_back(std::move(column));
      beta_ = std::sqrt(dot(product, product));
      if (beta_ <= 1e-14 * length) beta_ = 0;  // the basis holds whole eigenvectors
      if (basis_.size() == n_) return steps;
      if (beta_ > 0) {
        scale(product, 1 / beta_);
        next_ = std::move(product);
      } else {
        next_ = fresh();
      }
      if (basis_.size() == size_) return steps;
      append(next_);
    }
  }

  [[nodiscard]] std::vector<double> projected() const {
    const std::size_t m = columns_.size();
    std::vector<double> matrix(m * m);
    for (std::size_t j = 0; j < m; ++j)
      for (std::size_t i = 0; i <= j; ++i) matrix[i * m + j] = matrix[j * m + i] = columns_[j][i];
    return matrix;
  }

  [[nodiscard]] double worst_residual(const EigenPairs& inner) const {
    double worst = 0;
    for (std::size_t k = 0; k < settings_.wanted; ++k)
      worst = std::max(worst, std::abs(beta_ * inner.vectors[k].back()));
    const double size = std::max(std::abs(inner.values.front()), std::abs(inner.values.back()));
    return size > 0 ? worst / size : 0;
  }

  [[nodiscard]] EigenPairs ritz_pairs(const EigenPairs& inner, std::size_t count,
                                      double residual) const {
    EigenPairs pairs{.values = {}, .vectors = {}, .residual = residual};
    for (std::size_t k = 0; k < count; ++k) {
      std::vector<double> vector(n_, 0);
      for (std::size_t i = 0; i < basis_.size(); ++i)
        add_scaled(vector, inner.vectors[k][i], basis_[i]);
      pairs.values.push_back(inner.values[k]);
      pairs.vectors.push_back(std::move(vector));
    }
    return pairs;
  }

  void restart(const EigenPairs& inner) {
    EigenPairs kept = ritz_pairs(inner, std::min(settings_.wanted + kSpare, basis_.size() - 1), 0);
    basis_ = std::move(kept.vectors);
    columns_.clear();
    for (std::size_t k = 0; k < basis_.size(); ++k) {
      columns_.emplace_back(k + 1, 0);
      columns_.back()[k] = kept.values[k];
    }
    append(next_);
  }

  std::size_t n_;
  const SymmetricOperator& apply_;
  const EigenSettings& settings_;
  std::size_t size_;
  RandomStream stream_{StreamKey{}, "eigenvector-start"};
  std::vector<std::vector<double>> basis_;
  std::vector<std::vector<double>>
      columns_;  ///< A in the basis: of each column down to the diagonal
  std::vector<double> next_;
  double beta_ = 0;
};

}  // namespace

EigenPairs largest_eigenpairs(std::size_t n, const SymmetricOperator& apply,
                              const EigenSettings& settings) {
  CF_EXPECT(settings.wanted >= 1 && settings.wanted <= n);
  return Lanczos(n, apply, settings).run();
}

EigenPairs dense_eigenpairs(std::vector<double> matrix, std::size_t n) {
  CF_EXPECT(matrix.size() == n * n);
  std::vector<double> vectors(n * n, 0);
  for (std::size_t i = 0; i < n; ++i) vectors[i * n + i] = 1;
  const double size = std::sqrt(dot(matrix, matrix));
  for (int sweep = 0; sweep < 60 && off_diagonal(matrix, n) > 1e-15 * size; ++sweep)
    for (std::size_t p = 0; p < n; ++p)
      for (std::size_t q = p + 1; q < n; ++q) rotate(matrix, vectors, n, p, q);
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return matrix[a * n + a] > matrix[b * n + b];
  });
  EigenPairs pairs;
  for (const std::size_t k : order) {
    pairs.values.push_back(matrix[k * n + k]);
    std::vector<double>& vector = pairs.vectors.emplace_back(n);
    for (std::size_t i = 0; i < n; ++i) vector[i] = vectors[i * n + k];
  }
  return pairs;
}

}  // namespace crossfold::projection
