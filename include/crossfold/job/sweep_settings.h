#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace crossfold {

/// A setting that a sweep varies, as it stands in one candidate.
struct Parameter {
  std::string key;                          ///< path below the candidate: "lambda.from"
  std::variant<double, std::string> value;  ///< a number, or the word of a choice
  bool operator==(const Parameter&) const = default;
};

/// Where the candidates of a sweep come from.
enum class Sampler {
  grid,    ///< every combination of the listed values
  random,  ///< independent draws
  sobol,   ///< a scrambled Sobol sequence: a prefix of a longer one
  tpe,     ///< generations of a tree-structured Parzen estimator over completed generations
};

/// The score that decides a race, or by which a sampler learns. Only those of the pool: out of
/// sample nobody may peek.
enum class RaceScore { task_auc, task_acc };

/// How candidates are given up before all of their splits are trained.
struct RaceSettings {
  RaceScore by = RaceScore::task_auc;
  /// Splits that every living candidate has when a decision is made; increasing, each below
  /// folds x seeds.
  std::vector<std::uint32_t> rungs;
  /// Probability that the race ends with a candidate that is worse than the complete run's winner
  /// by more than `indifference` (sweep/race.h); empty: greedy, which keeps the best third at each
  /// rung and promises nothing.
  std::optional<double> risk = 0.05;
  double indifference = 0.002;  ///< a loss of so much score does not matter
};

/// How one candidate is chosen. None but the oracle reads out-of-sample scores.
enum class SelectionRule {
  validation,   ///< per split: the best validation AUC of that split's own validation part
  held_out,     ///< the best mean over the held-out folds
  one_se,       ///< the simplest within one corrected standard error of the best
  source_out,   ///< the best on sources left out of training
  constrained,  ///< the best task AUC among those whose domain AUC is at most `tau`
  oracle,       ///< the best out of sample: peeks
};

/// Nested cross-validation: within each split the candidate is chosen on inner folds of the other
/// folds, which the held-out fold took no part in.
struct NestedSettings {
  int folds = 5;  ///< inner ones
};

/// The sweep of one experiment: how its candidates were drawn, raced and are chosen from.
struct SweepSettings {
  Sampler sampler = Sampler::sobol;
  /// Drawn for each candidate of the job that has something to draw, and for each point of its
  /// grids; 0 for the sampler grid.
  std::uint32_t candidates = 0;
  std::optional<RaceSettings> race;
  std::optional<NestedSettings> nested;
  RaceScore by = RaceScore::task_auc;  ///< tpe: by which it learns
  /// tpe: candidates that are drawn at a time, of each candidate of the job that has draws. Fewer
  /// learn more often, more keep more processors at work.
  std::uint32_t generation = 16;
  /// In the order of the job, each once.
  std::vector<SelectionRule> select = {SelectionRule::held_out};
  std::optional<double> tau;  ///< domain AUC; with the rule `constrained` only
  /// one_se: keys whose larger value is simpler, the first one first; empty: the lambda area.
  std::vector<std::string> simplest;
  /// The candidates of the job that have draws, each as JSON text with the draws in place: what was
  /// searched. The sampler tpe draws its later generations from them; there, their names differ.
  std::vector<std::string> spaces;

  [[nodiscard]] bool selects(SelectionRule rule) const {
    return std::find(select.begin(), select.end(), rule) != select.end();
  }
};

}  // namespace crossfold
