#pragma once

#include <limits>
#include <string>

#include "crossfold/plan/fit_result.h"

namespace crossfold::testing {

inline FitId fit_id(char digit = 'a') { return *FitId::from_hex(std::string(32, digit)); }

/// Scores of K classes in which defined, undefined and infinite ones occur.
inline stats::ScoreSet mixed_scores(std::size_t classes, double value) {
  stats::ScoreSet scores;
  scores.auc = value;
  scores.acc = value / 3;
  scores.accuracy = 1;
  if (classes == 2) scores.diagnostic_odds_ratio = std::numeric_limits<double>::infinity();
  for (std::size_t k = 0; k < classes; ++k) {
    stats::ClassScores one;
    if (k > 0) one.auc = value * 0.7;
    one.sensitivity = 0.1 * static_cast<double>(k);
    one.support = static_cast<std::uint32_t>(k);
    scores.classes.push_back(one);
  }
  scores.samples = 12;
  scores.undefined_aucs = 1;
  return scores;
}

inline FitResult full_result(const FitId& id = fit_id()) {
  FitResult result;
  result.id = id;
  result.held_out = mixed_scores(3, 0.1 + 0.2);
  result.oos = mixed_scores(3, 0.5);
  result.probe = mixed_scores(2, 1.0 / 3);
  result.n_train = 20;
  result.n_validation = 2;
  result.n_test = 10;
  result.training = {.epochs = 38,
                     .learning_rate_drops = 3,
                     .stop = StopReason::plateau,
                     .validation_loss = 0.123456789012345678,
                     .validation_auc = 0.876543210987654321};
  result.solver = {.solves = 39, .unconverged = 1, .worst_gradient = 2e-6};
  result.seconds = 1.5;
  result.artefacts.held_out =
      Predictions{.rows = {1, 4}, .classes = 3, .probabilities = {0.1, 0.2, 0.7, 1, 0, 0}};
  result.artefacts.curves = Curves{.train_class_loss = {1.5, 1.25},
                                   .train_domain_loss = {},
                                   .validation_loss = {1, std::numeric_limits<double>::quiet_NaN()},
                                   .learning_rate = {1e-3, 1e-4},
                                   .lambda = {}};
  result.artefacts.features =
      Features{.rows = {0, 1, 2}, .dim = 2, .values = {1, 2, 3, 4, 5, 6.5F}};
  return result;
}

/// full_result() with probes of attributes and within a class.
inline FitResult probed_result(const FitId& id = fit_id()) {
  FitResult result = full_result(id);
  result.probes = {{.of = "sex", .scores = mixed_scores(2, 0.75), .missing = 4},
                   {.of = "age", .scores = mixed_scores(3, 0.625), .r2 = -0.1, .missing = 1},
                   {.of = "age", .within = "covid19", .scores = mixed_scores(3, 0.5)}};
  return result;
}

/// Artefacts of every kind, no two arrays of which are alike.
inline Artefacts unlike_artefacts() {
  Artefacts artefacts;
  artefacts.held_out =
      Predictions{.rows = {1, 4}, .classes = 3, .probabilities = {0.1, 0.2, 0.7, 1, 0, 0}};
  artefacts.oos = Predictions{.rows = {7}, .classes = 3, .probabilities = {0.25, 0.5, 0.25}};
  artefacts.curves = Curves{.train_class_loss = {1.5, 1.25},
                            .train_domain_loss = {2.5, 2.25},
                            .validation_loss = {3.5, 3.25},
                            .learning_rate = {1e-3, 1e-4},
                            .lambda = {10, 9.5}};
  artefacts.features = Features{.rows = {0, 1, 2}, .dim = 2, .values = {1, 2, 3, 4, 5, 6.5F}};
  return artefacts;
}

inline FitResult failed_result(const FitId& id = fit_id()) {
  FitResult result;
  result.id = id;
  result.error = "the loss became NaN in epoch 3";
  return result;
}

}  // namespace crossfold::testing
