#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "crossfold/solve/feature_rows.h"
#include "crossfold/solve/instruction_set.h"

#include "softmax_kernels.h"

namespace crossfold::solve {

/// `mean weighted cross-entropy + ||W||^2 / (2 c n)` as a function of theta, in coordinates in
/// which it is strictly convex and well scaled:
/// - Softmax does not change when all levels get the same vector, and the penalty makes the
///   weights of the minimum sum to zero over levels. So W = Q V with Q [levels, columns] an
///   orthonormal basis of the contrasts (Helmert), columns = levels - 1, and ||W|| = ||V||.
/// - Features are centred: an intercept is not penalised, so moving the origin changes no minimum.
/// theta is [columns, dim + 1], row-major: a row of V, then its intercept.
class SoftmaxObjective {
 public:
  /// `labels` in 0 .. levels - 1, every level present; `weights` [n], empty: all 1. Nothing is
  /// known before the first move_to().
  SoftmaxObjective(const FeatureRows& features, std::vector<std::int32_t> labels,
                   std::size_t levels, double c, InstructionSet set,
                   std::span<const float> weights = {});

  [[nodiscard]] std::size_t count() const { return rows_.size(); }
  [[nodiscard]] std::size_t dim() const { return dim_; }
  [[nodiscard]] std::size_t levels() const { return levels_; }
  [[nodiscard]] std::size_t columns() const { return levels_ - 1; }
  [[nodiscard]] std::size_t size() const { return columns() * (dim_ + 1); }
  [[nodiscard]] InstructionSet instruction_set() const { return set_; }
  /// Weight of ||V||^2 / 2.
  [[nodiscard]] double penalty() const { return penalty_; }
  /// Q[level, column].
  [[nodiscard]] double contrast(std::size_t level, std::size_t column) const {
    return contrasts_[level * columns() + column];
  }
  [[nodiscard]] double weight(std::size_t i) const { return weights_.empty() ? 1 : weights_[i]; }
  /// The centred features of row i, in float32: what a preconditioner is built from.
  void working_row(std::size_t i, float* out) const;

  /// Evaluates everything at theta in one pass over the features, in float64.
  void move_to(std::span<const double> theta);

  /// A point on a line through theta.
  struct LinePoint {
    double value = 0;
    double slope = 0;  ///< of the value along the direction
  };
  /// The line theta + length * direction. Linear predictors along it take half a pass over the
  /// features once; each look() takes none.
  void aim(std::span<const double> direction);
  [[nodiscard]] LinePoint look(double length);
  /// Moves to the point that was last looked at: the other half of the pass.
  void arrive();

  [[nodiscard]] double value() const { return value_; }
  [[nodiscard]] std::span<const double> gradient() const { return gradient_; }
  /// Largest absolute entry of the gradient with respect to W and b for the features as the caller
  /// of fit_logistic sees them.
  [[nodiscard]] double largest_gradient() const;
  /// Largest change of a linear predictor in the last move.
  [[nodiscard]] double largest_move() const { return largest_move_; }

  /// out = H direction at theta, H the Hessian; the sums over rows and features are of type T,
  /// float or double.
  template <class T>
  void hessian_product(std::span<const double> direction, std::span<double> out) const;

  /// The Hessian of row i's weighted cross-entropy in its linear predictors:
  /// w Q^T (diag p - p p^T) Q [a, b].
  [[nodiscard]] double curvature(std::size_t i, std::size_t a, std::size_t b) const {
    return curvature_[place(i, a <= b ? curvature_pair(a, b) : curvature_pair(b, a), pairs())];
  }
  /// p_i(level) at theta.
  [[nodiscard]] double probability(std::size_t i, std::size_t level) const {
    return probabilities_[place(i, level, levels_)];
  }

  /// W [levels, dim] and b [levels] at theta for the caller's features.
  void parameters(std::span<double> weights, std::span<double> intercepts) const;
  /// The theta of given W and b.
  [[nodiscard]] std::vector<double> theta_of(std::span<const double> weights,
                                             std::span<const double> intercepts) const;

 private:
  /// Rows that are multiplied forth and back while they are in the cache. Numbers that belong to
  /// rows are kept block by block, [blocks, numbers a row, kBlock].
  static constexpr std::size_t kBlock = kSoftmaxBlock;
  [[nodiscard]] std::size_t blocks() const { return (count() + kBlock - 1) / kBlock; }
  [[nodiscard]] static std::size_t place(std::size_t i, std::size_t k, std::size_t numbers) {
    return (i / kBlock * numbers + k) * kBlock + i % kBlock;
  }
  [[nodiscard]] std::size_t pairs() const { return columns() * levels_ / 2; }

  /// Linear predictors as a function of the stored values.
  template <class T>
  struct StoredWeights {
    std::vector<T> weights;  ///< [columns, dim]
    std::vector<T> offsets;  ///< [columns]
  };
  template <class T>
  [[nodiscard]] StoredWeights<T> stored_weights(std::span<const double> theta) const;
  /// From sums over the stored values [columns, dim] and over ones [columns] to theta's shape, with
  /// the penalty's part for `theta` added.
  template <class T>
  void gather_sums(const std::vector<T>& stored, const std::vector<T>& ones,
                   std::span<const double> theta, std::span<double> out) const;

  std::size_t dim_;
  std::size_t levels_;
  double penalty_;
  std::vector<const float*> rows_;
  std::vector<std::int32_t> labels_;
  std::vector<double> weights_;    ///< empty: all 1
  std::vector<double> centre_;     ///< [dim] mean of the stored values
  std::vector<double> scale_;      ///< [dim] inverse_sd of the caller's scaling, or 1
  std::vector<double> shift_;      ///< [dim] the caller's features minus the working ones
  std::vector<double> contrasts_;  ///< Q

  std::vector<double> theta_;
  std::vector<double> gradient_;
  std::vector<double> predictors_;    ///< at theta [blocks, columns, kBlock]
  std::vector<double> direction_;     ///< of the line, as theta
  std::vector<double> along_;         ///< change of the predictors along it, as they are
  std::vector<double> residuals_;     ///< at the point last looked at, as predictors
  std::vector<float> probabilities_;  ///< [blocks, levels, kBlock]
  std::vector<float> curvature_;      ///< [blocks, pairs, kBlock]; enters Hessian products alone
  std::vector<double> scratch_;       ///< of the kernels
  InstructionSet set_;
  const SoftmaxKernels& kernels_;
  double value_ = 0;
  double length_ = 0;  ///< of the last look
  double seen_value_ = 0;
  double largest_move_ = 0;
};

}  // namespace crossfold::solve
