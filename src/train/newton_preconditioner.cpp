#include "newton_preconditioner.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <tuple>
#include <utility>
#include <vector>

#include <ATen/ATen.h>

#include "crossfold/core/error.h"

#include "row_kernels.h"

namespace crossfold::train {
namespace {

using at::indexing::Slice;

constexpr std::size_t kChunk = 1024;  ///< rows of a float32 product
constexpr std::size_t kPanel = 256;   ///< columns; only panels on or below the diagonal are made
/// Rows of a sample for each parameter of a block. With 4 the eigenvalues that conjugate gradients
/// see spread by about ((1 + 1/2) / (1 - 1/2))^2 = 9, a few more products for far fewer rows.
constexpr std::size_t kRowsPerParameter = 4;
/// Times the diagonal: above the rounding of a float32 product, so that a factor exists.
constexpr double kRelativeShift = 1e-6;

std::int64_t as_int(std::size_t value) { return static_cast<std::int64_t>(value); }
Slice slice(std::size_t begin, std::size_t end) { return {as_int(begin), as_int(end)}; }

/// L^-1 of a matrix A = L L^T, in float32; applies A^-1 as L^-T (L^-1 r).
class InverseFactor {
 public:
  /// `matrix` [size, size] in float64; its lower triangle counts.
  explicit InverseFactor(at::Tensor matrix) : size_(static_cast<std::size_t>(matrix.size(0))) {
    at::Tensor lower;
    for (double shift = kRelativeShift;; shift *= 10) {
      const at::Tensor shifted = matrix + at::diag(matrix.diagonal() * shift);
      at::Tensor info;
      std::tie(lower, info) = at::linalg_cholesky_ex(shifted);
      if (info.item<int>() == 0) break;
      CF_ENSURE(shift < 1e3);  // by then the diagonal dominates
    }
    inverse_ = at::linalg_solve_triangular(lower, at::eye(matrix.size(0), at::kDouble), false)
                   .to(at::kFloat)
                   .contiguous();
    for (std::size_t i = 0; i < size_; ++i) rows_.push_back(inverse_.data_ptr<float>() + i * size_);
  }

  /// `columns` vectors [columns, size] at once.
  void apply(const double* in, std::size_t columns, double* out) const {
    std::vector<double> half(size_ * columns);
    const RowKernels<double>& kernels = row_kernels<double>();
    kernels.products(rows_.data(), size_, size_, in, columns, half.data(), size_);
    std::fill_n(out, size_ * columns, 0.0);
    kernels.add_transposed(rows_.data(), size_, size_, half.data(), size_, columns, out);
  }

 private:
  std::size_t size_;
  at::Tensor inverse_;
  std::vector<const float*> rows_;
};

/// One block for each of `columns` equal parts of theta.
class BlockPreconditioner final : public NewtonPreconditioner {
 public:
  BlockPreconditioner(at::Tensor matrix, std::size_t columns)
      : factor_(std::move(matrix)), columns_(columns) {}
  void apply(std::span<const double> residual, std::span<double> out) const override {
    factor_.apply(residual.data(), columns_, out.data());
  }

 private:
  InverseFactor factor_;
  std::size_t columns_;
};

class PerLevelPreconditioner final : public NewtonPreconditioner {
 public:
  PerLevelPreconditioner(const std::vector<at::Tensor>& matrices, const SoftmaxObjective& objective)
      : columns_(objective.columns()), contrasts_(objective.levels() * columns_) {
    for (const at::Tensor& matrix : matrices) factors_.emplace_back(matrix);
    for (std::size_t level = 0; level < objective.levels(); ++level) {
      for (std::size_t c = 0; c < columns_; ++c) {
        contrasts_[level * columns_ + c] = objective.contrast(level, c);
      }
    }
  }
  /// Q^T diag(A_level^-1) Q.
  void apply(std::span<const double> residual, std::span<double> out) const override {
    const std::size_t size = residual.size() / columns_;
    std::vector<double> in(size), solved(size);
    std::fill(out.begin(), out.end(), 0.0);
    for (std::size_t level = 0; level < factors_.size(); ++level) {
      const double* contrast = contrasts_.data() + level * columns_;
      std::fill(in.begin(), in.end(), 0.0);
      for (std::size_t c = 0; c < columns_; ++c) {
        for (std::size_t j = 0; j < size; ++j) in[j] += contrast[c] * residual[c * size + j];
      }
      factors_[level].apply(in.data(), 1, solved.data());
      for (std::size_t c = 0; c < columns_; ++c) {
        for (std::size_t j = 0; j < size; ++j) out[c * size + j] += contrast[c] * solved[j];
      }
    }
  }

 private:
  std::vector<InverseFactor> factors_;
  std::size_t columns_;
  std::vector<double> contrasts_;
};

/// Rows that stand for all of them in a weighted Gram matrix.
struct RowSample {
  std::vector<std::size_t> rows;
  std::vector<double> factors;  ///< 1 / chance of having been taken
};

/// How many rows a sample may have for a block of `size` parameters.
std::size_t sample_budget(const SoftmaxObjective& objective, std::size_t size) {
  return std::min(kRowsPerParameter * size, objective.count());
}

/// Takes rows with chances in proportion to their weights, at most 1, by systematic sampling, so
/// that no random number is needed; about `budget` rows.
template <class Weight>  // double weight(row), not negative
RowSample sample_rows(const SoftmaxObjective& objective, std::size_t budget, const Weight& weight) {
  double total = 0;
  for (std::size_t i = 0; i < objective.count(); ++i) total += weight(i);
  RowSample sample;
  double taken = 0;
  for (std::size_t i = 0; i < objective.count(); ++i) {
    const double chance = budget == objective.count()
                              ? 1.0
                              : std::min(1.0, static_cast<double>(budget) * weight(i) / total);
    const double before = std::floor(taken);
    taken += chance;
    if (std::floor(taken) == before) continue;
    sample.rows.push_back(i);
    sample.factors.push_back(1 / chance);
  }
  return sample;
}

/// Working rows first .. first + size - 1 of the sample with a column of ones, [size, dim + 1].
at::Tensor working_chunk(const SoftmaxObjective& objective, const RowSample& sample,
                         std::size_t first, std::size_t size) {
  const std::size_t width = objective.dim() + 1;
  at::Tensor chunk = at::empty({as_int(size), as_int(width)}, at::kFloat);
  float* out = chunk.data_ptr<float>();
  for (std::size_t i = 0; i < size; ++i) {
    objective.working_row(sample.rows[first + i], out + i * width);
    out[i * width + width - 1] = 1;
  }
  return chunk;
}

/// value(k) for k in first .. first + size - 1, as a column.
template <class Value>  // double value(place in the sample)
at::Tensor chunk_column(std::size_t first, std::size_t size, const Value& value) {
  at::Tensor out = at::empty({as_int(size), 1}, at::kFloat);
  float* values = out.data_ptr<float>();
  for (std::size_t i = 0; i < size; ++i) values[i] = static_cast<float>(value(first + i));
  return out;
}

/// Means over rows and the penalty, from the sums in float32. `period` parameters a contrast, the
/// last of them an intercept, which is not penalised: its share only keeps it from being 0.
at::Tensor finished(const SoftmaxObjective& objective, const at::Tensor& sums, std::size_t period) {
  at::Tensor matrix = sums.to(at::kDouble).div_(static_cast<double>(objective.count()));
  double* values = matrix.data_ptr<double>();
  const auto size = static_cast<std::size_t>(matrix.size(0));
  for (std::size_t j = 0; j < size; ++j) {
    const bool intercept = j % period == period - 1;
    values[j * size + j] += objective.penalty() * (intercept ? 1e-3 : 1.0);
  }
  return matrix;
}

/// X^T diag(w) X / n + penalty; the lower triangle.
template <class Weight>  // double weight(row), not negative
at::Tensor weighted_gram(const SoftmaxObjective& objective, const Weight& weight) {
  const std::size_t width = objective.dim() + 1;
  const RowSample sample = sample_rows(objective, sample_budget(objective, width), weight);
  at::Tensor gram = at::zeros({as_int(width), as_int(width)}, at::kFloat);
  for (std::size_t first = 0; first < sample.rows.size(); first += kChunk) {
    const std::size_t size = std::min(kChunk, sample.rows.size() - first);
    at::Tensor chunk = working_chunk(objective, sample, first, size);
    chunk.mul_(chunk_column(first, size, [&](std::size_t k) {
      return std::sqrt(weight(sample.rows[k]) * sample.factors[k]);
    }));
    for (std::size_t begin = 0; begin < width; begin += kPanel) {
      const std::size_t end = std::min(begin + kPanel, width);
      at::Tensor panel = gram.index({slice(begin, end), slice(0, end)});
      panel.addmm_(chunk.index({Slice(), slice(begin, end)}).t(),
                   chunk.index({Slice(), slice(0, end)}));
    }
  }
  return finished(objective, gram, width);
}

/// The trace of row i's curvature over the number of contrasts.
double mean_curvature(const SoftmaxObjective& objective, std::size_t i) {
  double trace = 0;
  for (std::size_t c = 0; c < objective.columns(); ++c) trace += objective.curvature(i, c, c);
  return std::max(trace, 0.0) / static_cast<double>(objective.columns());
}

std::unique_ptr<NewtonPreconditioner> make_shared_block(const SoftmaxObjective& objective) {
  return std::make_unique<BlockPreconditioner>(
      weighted_gram(objective, [&](std::size_t i) { return mean_curvature(objective, i); }),
      objective.columns());
}

std::unique_ptr<NewtonPreconditioner> make_per_level(const SoftmaxObjective& objective) {
  std::vector<at::Tensor> grams;
  for (std::size_t level = 0; level < objective.levels(); ++level) {
    grams.push_back(weighted_gram(objective, [&](std::size_t i) {
      const double p = objective.probability(i, level);
      return p * (1 - p);
    }));
  }
  return std::make_unique<PerLevelPreconditioner>(grams, objective);
}

/// The whole Hessian as one block.
std::unique_ptr<NewtonPreconditioner> make_joint(const SoftmaxObjective& objective) {
  const std::size_t width = objective.dim() + 1;
  const std::size_t columns = objective.columns();
  const RowSample sample = sample_rows(objective, sample_budget(objective, columns * width),
                                       [&](std::size_t i) { return mean_curvature(objective, i); });
  at::Tensor hessian = at::zeros({as_int(columns * width), as_int(columns * width)}, at::kFloat);
  for (std::size_t first = 0; first < sample.rows.size(); first += kChunk) {
    const std::size_t size = std::min(kChunk, sample.rows.size() - first);
    const at::Tensor chunk = working_chunk(objective, sample, first, size);
    for (std::size_t b = 0; b < columns; ++b) {
      // Block row b, on and left of the diagonal, in one product.
      at::Tensor scaled = at::empty({as_int(size), as_int((b + 1) * width)}, at::kFloat);
      for (std::size_t a = 0; a <= b; ++a) {
        at::Tensor target = scaled.index({Slice(), slice(a * width, (a + 1) * width)});
        at::mul_out(target, chunk, chunk_column(first, size, [&](std::size_t k) {
                      return objective.curvature(sample.rows[k], a, b) * sample.factors[k];
                    }));
      }
      at::Tensor target =
          hessian.index({slice(b * width, (b + 1) * width), slice(0, (b + 1) * width)});
      target.addmm_(chunk.t(), scaled);
    }
  }
  return std::make_unique<BlockPreconditioner>(finished(objective, hessian, width), 1);
}

}  // namespace

std::unique_ptr<NewtonPreconditioner> make_preconditioner(const SoftmaxObjective& objective,
                                                          PreconditionerKind kind) {
  const at::NoGradGuard no_grad;
  switch (kind) {
    case PreconditionerKind::shared:
      return make_shared_block(objective);
    case PreconditionerKind::joint:
      return make_joint(objective);
    case PreconditionerKind::per_level:
      return make_per_level(objective);
  }
  throw_contract_error("a known preconditioner", __FILE__, __LINE__);
}

double cost_in_products(const SoftmaxObjective& objective, PreconditionerKind kind) {
  // A matrix product in float32 does this many times the operations of a skinny one in a second,
  // and twice those of a factorisation in float64.
  constexpr double kSpeed = 4;
  const auto columns = static_cast<double>(objective.columns());
  const auto width = static_cast<double>(objective.dim() + 1);
  const double block = kind == PreconditionerKind::joint ? columns * width : width;
  const auto rows = static_cast<double>(sample_budget(objective, static_cast<std::size_t>(block)));
  const double factor = 3 * block * block * block;
  const double product = 4 * static_cast<double>(objective.count()) * width * columns;
  switch (kind) {
    case PreconditionerKind::shared:
      return (1.25 * rows * width * width + factor) / (product * kSpeed);
    case PreconditionerKind::joint:
      return (columns * (columns + 1) * rows * width * width + factor) / (product * kSpeed);
    case PreconditionerKind::per_level:
      return (columns + 1) * (1.25 * rows * width * width + factor) / (product * kSpeed);
  }
  throw_contract_error("a known preconditioner", __FILE__, __LINE__);
}

}  // namespace crossfold::train
