#include "newton_preconditioner.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "crossfold/core/error.h"
#include "crossfold/solve/products.h"

#include "inverse_factor.h"

namespace crossfold::solve {
namespace {

constexpr std::size_t kChunk = 1024;  ///< rows of a float32 product
constexpr std::size_t kPanel = 256;   ///< columns; only panels on or below the diagonal are made
/// Rows of a sample for each parameter of a block. With 4 the eigenvalues that conjugate gradients
/// see spread by about ((1 + 1/2) / (1 - 1/2))^2 = 9, a few more products for far fewer rows.
constexpr std::size_t kRowsPerParameter = 4;
/// One block for each of `columns` equal parts of theta.
class BlockPreconditioner final : public NewtonPreconditioner {
 public:
  BlockPreconditioner(InverseFactor factor, std::size_t columns)
      : factor_(std::move(factor)), columns_(columns) {}
  void apply(std::span<const double> residual, std::span<double> out) const override {
    factor_.apply(residual.data(), columns_, out.data());
  }

 private:
  InverseFactor factor_;
  std::size_t columns_;
};

class PerLevelPreconditioner final : public NewtonPreconditioner {
 public:
  PerLevelPreconditioner(std::vector<InverseFactor> factors, const SoftmaxObjective& objective)
      : factors_(std::move(factors)),
        columns_(objective.columns()),
        contrasts_(objective.levels() * columns_) {
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
std::vector<float> working_chunk(const SoftmaxObjective& objective, const RowSample& sample,
                                 std::size_t first, std::size_t size) {
  const std::size_t width = objective.dim() + 1;
  std::vector<float> chunk(size * width);
  for (std::size_t i = 0; i < size; ++i) {
    objective.working_row(sample.rows[first + i], chunk.data() + i * width);
    chunk[i * width + width - 1] = 1;
  }
  return chunk;
}

/// The factor of means over rows, from their sums in float32, and the penalty. `period` parameters
/// a contrast, the last of them an intercept, which is not penalised: its share only keeps it from
/// being 0.
InverseFactor factor_of(const SoftmaxObjective& objective, std::vector<float> sums,
                        std::size_t size, std::size_t period) {
  const auto count = static_cast<double>(objective.count());
  for (float& value : sums) value = static_cast<float>(value / count);
  for (std::size_t j = 0; j < size; ++j) {
    const bool intercept = j % period == period - 1;
    sums[j * size + j] += static_cast<float>(objective.penalty() * (intercept ? 1e-3 : 1.0));
  }
  return {std::move(sums), size, objective.instruction_set()};
}

/// X^T diag(w) X / n + penalty, factored.
template <class Weight>  // double weight(row), not negative
InverseFactor weighted_gram(const SoftmaxObjective& objective, const Weight& weight) {
  const std::size_t width = objective.dim() + 1;
  const RowSample sample = sample_rows(objective, sample_budget(objective, width), weight);
  std::vector<float> gram(width * width);
  for (std::size_t first = 0; first < sample.rows.size(); first += kChunk) {
    const std::size_t size = std::min(kChunk, sample.rows.size() - first);
    std::vector<float> chunk = working_chunk(objective, sample, first, size);
    for (std::size_t i = 0; i < size; ++i) {
      const auto root =
          static_cast<float>(std::sqrt(weight(sample.rows[first + i]) * sample.factors[first + i]));
      for (std::size_t d = 0; d < width; ++d) chunk[i * width + d] *= root;
    }
    for (std::size_t begin = 0; begin < width; begin += kPanel) {
      const std::size_t end = std::min(begin + kPanel, width);
      multiply({.a = Operand::transposed, .m = end - begin, .n = end, .k = size},
               chunk.data() + begin, width, chunk.data(), width, gram.data() + begin * width, width,
               Into::accumulate);
    }
  }
  return factor_of(objective, std::move(gram), width, width);
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
  std::vector<InverseFactor> factors;
  for (std::size_t level = 0; level < objective.levels(); ++level) {
    factors.push_back(weighted_gram(objective, [&](std::size_t i) {
      const double p = objective.probability(i, level);
      return objective.weight(i) * p * (1 - p);
    }));
  }
  return std::make_unique<PerLevelPreconditioner>(std::move(factors), objective);
}

/// The whole Hessian as one block.
std::unique_ptr<NewtonPreconditioner> make_joint(const SoftmaxObjective& objective) {
  const std::size_t width = objective.dim() + 1;
  const std::size_t columns = objective.columns();
  const std::size_t size = columns * width;
  const RowSample sample = sample_rows(objective, sample_budget(objective, size),
                                       [&](std::size_t i) { return mean_curvature(objective, i); });
  std::vector<float> hessian(size * size), scaled;
  for (std::size_t first = 0; first < sample.rows.size(); first += kChunk) {
    const std::size_t rows = std::min(kChunk, sample.rows.size() - first);
    const std::vector<float> chunk = working_chunk(objective, sample, first, rows);
    for (std::size_t b = 0; b < columns; ++b) {
      // Block row b, on and left of the diagonal, in one product.
      const std::size_t wide = (b + 1) * width;
      scaled.resize(rows * wide);
      for (std::size_t i = 0; i < rows; ++i) {
        for (std::size_t a = 0; a <= b; ++a) {
          const auto factor = static_cast<float>(objective.curvature(sample.rows[first + i], a, b) *
                                                 sample.factors[first + i]);
          const float* const from = chunk.data() + i * width;
          float* const to = scaled.data() + i * wide + a * width;
          for (std::size_t d = 0; d < width; ++d) to[d] = factor * from[d];
        }
      }
      multiply({.a = Operand::transposed, .m = width, .n = wide, .k = rows}, chunk.data(), width,
               scaled.data(), wide, hessian.data() + b * width * size, size, Into::accumulate);
    }
  }
  return std::make_unique<BlockPreconditioner>(
      factor_of(objective, std::move(hessian), size, width), 1);
}

}  // namespace

std::unique_ptr<NewtonPreconditioner> make_preconditioner(const SoftmaxObjective& objective,
                                                          PreconditionerKind kind) {
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

}  // namespace crossfold::solve
