#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace crossfold::stats {

/// One-versus-rest scores of one class; an undefined score is empty (PROTOCOL 6).
struct ClassScores {
  std::optional<double> auc;          ///< undefined when the class, or every other one, is absent
  std::optional<double> sensitivity;  ///< recall; undefined when the class is absent
  std::optional<double> specificity;  ///< undefined when no other class is present
  std::optional<double> precision;    ///< undefined when the class is never predicted
  std::optional<double> f1;           ///< 2 TP / (2 TP + FP + FN); undefined when that is 0 / 0
  std::uint32_t support = 0;          ///< samples of this class
};

/// All scores of one model on one set of samples.
struct ScoreSet {
  std::optional<double> auc;       ///< unweighted mean of the defined class AUCs
  std::optional<double> acc;       ///< mean of the defined recalls (balanced accuracy)
  std::optional<double> accuracy;  ///< share of right answers; undefined without samples
  /// K = 2 only, class 1 being the positive one: (sens + spec) / 2, undefined when either is.
  std::optional<double> balanced_accuracy;
  /// K = 2 only: sens spec / ((1 - sens)(1 - spec)); infinity where only the denominator is 0.
  std::optional<double> diagnostic_odds_ratio;
  std::vector<ClassScores> classes;  ///< K
  std::uint32_t samples = 0;
  std::uint32_t undefined_aucs = 0;     ///< classes left out of `auc`
  std::uint32_t undefined_recalls = 0;  ///< classes left out of `acc`
};

/// Area under the ROC curve of `scores` for the samples with `positive` != 0: the probability that
/// a positive ranks above a negative, ties one half. Exact rank statistic, O(n log n). Empty when
/// one side has no samples. Error{bad_input} when a score is NaN.
[[nodiscard]] std::optional<double> roc_auc(std::span<const double> scores,
                                            std::span<const std::uint8_t> positive);

/// Scores of class probabilities [n, K] (row-major, softmax in double) against labels [n] in
/// 0..K-1. The prediction is the largest probability, the first of equals; for K = 2 this is
/// threshold 0.5. Error{bad_input} on NaN.
[[nodiscard]] ScoreSet score_probabilities(std::span<const double> probabilities,
                                           std::span<const std::int32_t> labels,
                                           std::size_t classes);

/// Row-wise softmax of logits [n, K] in double.
[[nodiscard]] std::vector<double> softmax_rows(std::span<const double> logits, std::size_t classes);

}  // namespace crossfold::stats
