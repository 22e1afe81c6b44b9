#include "fit_cost.h"

#include <algorithm>

namespace crossfold {
namespace {

constexpr double kWidth1 = 256;
constexpr double kWidth2 = 64;
constexpr double kSolverPasses = 60;  // over the matrix, for a cold logistic regression
constexpr double kWarmNewtonSteps = 4;

/// The plateau rule ends most fits near 3 (patience + 1) + 5 epochs (METHODS 8: 38).
double likely_epochs(const TrainingSettings& training) {
  const double plateau_end = training.plateau.stop_after * (training.plateau.patience + 1.0) + 5;
  return std::min<double>(training.epochs, plateau_end);
}

}  // namespace

double estimate_cost(const Candidate& candidate, const FitSize& size) {
  const auto n = static_cast<double>(size.samples);
  const auto dim = static_cast<double>(size.dim);
  const auto classes = static_cast<double>(size.classes);
  const auto domains = static_cast<double>(size.domains);
  if (!is_network(candidate)) return kSolverPasses * 4 * n * dim * classes;
  const double heads = classes + domains;
  double epoch = 2 * n * (2 * dim * kWidth1 + 3 * kWidth1 * kWidth2 + 3 * kWidth2 * heads);
  if (std::holds_alternative<DisentangledModel>(candidate.model)) {
    const double features = 2 * n * (dim * kWidth1 + kWidth1 * kWidth2);
    const double newton_step = n * kWidth2 * kWidth2 * domains * (domains + 1);
    epoch += features + kWarmNewtonSteps * newton_step;
  }
  return likely_epochs(training_of(candidate)) * epoch;
}

}  // namespace crossfold
