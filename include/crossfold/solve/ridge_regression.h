#pragma once

#include <span>
#include <vector>

#include "crossfold/solve/feature_rows.h"

namespace crossfold {

/// y = weights . x + intercept, for features as `FeatureRows::scaling` maps them.
struct RidgeModel {
  std::vector<double> weights;  ///< [dim]
  double intercept = 0;
};

/// The model that minimises `mean (y - prediction)^2 / 2 + |weights|^2 / (2 c n)`: the logistic
/// regression's objective with half the squared error in the place of the cross-entropy, and its
/// strength C = 1 by default (METHODS 5); scikit-learn's Ridge(alpha=1/c). What R2 comes of it
/// does not depend on the unit of y. By the normal equations in float64, O(n dim^2 + dim^3).
/// `targets` are finite, one for each row, at least one. Error{bad_input} when a feature is not
/// finite.
[[nodiscard]] RidgeModel fit_ridge(const FeatureRows& features, std::span<const double> targets,
                                   double c = 1);

/// [count] predictions; `features.scaling` must be that of the fit.
[[nodiscard]] std::vector<double> predictions(const RidgeModel& model, const FeatureRows& features);

}  // namespace crossfold
