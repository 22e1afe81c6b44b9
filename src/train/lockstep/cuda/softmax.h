#pragma once

#include <cstddef>
#include <cstdint>

#include "heads.h"

namespace crossfold::train::cuda {

/// Parameters of one level of a logistic regression on z': 64 weights, then the intercept.
inline constexpr std::size_t kLevelParameters = kFeatures + 1;
/// Pivot of a direction in which rounding has left no curvature.
inline constexpr double kGivenUp = 1e100;
/// Samples whose sums are made by themselves, and then added up in their order.
inline constexpr std::size_t kPartRows = 256;

/// One logistic regression of a launch: `mean cross-entropy + penalty ||W||^2 / 2`.
struct SoftmaxFit {
  std::uint32_t place = 0;   ///< its entries in what is [fits] below
  std::uint32_t levels = 0;  ///< all of them occur in its labels
  std::uint32_t samples = 0;
  double penalty = 0;
  std::uint64_t features = 0;       ///< its first number of SoftmaxData::features
  std::uint64_t labels = 0;         ///< its first of SoftmaxData::labels
  std::uint64_t probabilities = 0;  ///< and of probabilities, [samples, levels]
};

/// What all passes of some logistic regressions share. Vectors of parameters are
/// [fits, stride], a fit's [levels, 65]; all sums are of float64.
struct SoftmaxData {
  const SoftmaxFit* fits = nullptr;  ///< [count] of those in this launch
  std::size_t count = 0;
  std::size_t stride = 0;
  const float* features = nullptr;
  const std::int32_t* labels = nullptr;
  double* probabilities = nullptr;
};

/// Value and gradient at theta; softmax probabilities are left for newton_factor.
struct SoftmaxPass {
  SoftmaxData data;
  const double* theta = nullptr;
  const double* step = nullptr;    ///< what theta was moved by
  double* value = nullptr;         ///< [fits]
  double* largest_move = nullptr;  ///< [fits]: of a linear predictor, by `step`
  double* gradient = nullptr;
  double* partials = nullptr;  ///< scratch [fits, parts, stride + 2]
  std::size_t parts = 0;       ///< of kPartRows samples each, enough for any fit
};

/// The Hessian at the probabilities, factored as L L^T: factors [fits, stride, stride], of which a
/// fit uses the first levels * 65 rows. All intercepts can move together without a change; a
/// curvature of 1 in that direction, in which every gradient is 0, leaves one minimum.
struct NewtonFactor {
  SoftmaxData data;
  double* factors = nullptr;
};

/// direction = -(L L^T)^-1 gradient.
struct NewtonStep {
  SoftmaxData data;
  const double* factors = nullptr;
  const double* gradient = nullptr;
  double* direction = nullptr;
};

namespace twin {
void softmax_pass(const SoftmaxPass& of);
void newton_factor(const NewtonFactor& of);
void newton_step(const NewtonStep& of);
}  // namespace twin

}  // namespace crossfold::train::cuda
