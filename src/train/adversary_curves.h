#pragma once

#include <span>
#include <vector>

#include "crossfold/core/error.h"
#include "crossfold/job/job.h"
#include "crossfold/plan/fit_result.h"

namespace crossfold::train {

/// lambda of each of the candidate's adversaries at an epoch.
[[nodiscard]] std::vector<double> lambdas_at(const Candidate& candidate, int epoch);

/// Adds an epoch to the curves of a disentangled candidate's adversaries: mean losses and lambdas,
/// one for each.
void add_adversaries(const Candidate& candidate, std::span<const double> losses,
                     std::span<const double> lambdas, Curves& curves);

/// Training losses of a batch, of which one is no finite number.
struct BrokenLosses {
  double class_label = 0;
  std::span<const double> domain;  ///< of each adversary
  double learning_rate = 0;
  std::span<const double> lambdas;  ///< likewise
};
[[nodiscard]] Error loss_not_finite(const Candidate& candidate, const BrokenLosses& losses);

}  // namespace crossfold::train
