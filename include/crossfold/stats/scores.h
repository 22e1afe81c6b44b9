#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace crossfold::stats {

/// One-versus-rest scores of one class; an undefined score is empty (METHODS 6).
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
  /// K = 2 only: sens spec / ((1 - sens)(1 - spec)). Infinite where only the denominator is 0,
  /// undefined where both are 0 or where a class is absent.
  std::optional<double> diagnostic_odds_ratio;
  std::vector<ClassScores> classes;  ///< K
  std::uint32_t samples = 0;
  std::uint32_t undefined_aucs = 0;     ///< classes left out of `auc`
  std::uint32_t undefined_recalls = 0;  ///< classes left out of `acc`
};

/// Area under the ROC curve of `scores` for the samples with `positive` != 0: the probability that
/// a positive ranks above a negative, ties one half (Mann and Whitney 1947). The pairs are counted
/// in whole numbers, so that the result is one rounding away from the exact ratio; O(n log n).
/// Infinite scores rank at the ends. Empty when one side has no samples. Both spans have n entries.
/// Error{bad_input} when a score is NaN.
[[nodiscard]] std::optional<double> roc_auc(std::span<const double> scores,
                                            std::span<const std::uint8_t> positive);

/// Scores of class probabilities [n, K] (row-major, softmax in double) against labels [n] in
/// 0..K-1. The prediction is the largest probability, the first of equals; for K = 2 this is
/// threshold 0.5. n may be 0: then nothing is defined. O(K n log n).
/// Error{bad_input} naming the first value that is NaN or outside [0, 1].
[[nodiscard]] ScoreSet score_probabilities(std::span<const double> probabilities,
                                           std::span<const std::int32_t> labels,
                                           std::size_t classes);

/// Error{bad_input} naming the first of the probabilities [n, K] that is NaN or outside [0, 1].
void validate_probabilities(std::span<const double> probabilities, std::size_t classes);

/// Row-wise softmax of logits [n, K], each row shifted by its largest entry so that none
/// overflows. A logit of -infinity gives probability 0; a row with NaN or +infinity, or with
/// nothing but -infinity, gives NaN, which score_probabilities refuses.
[[nodiscard]] std::vector<double> softmax_rows(std::span<const double> logits, std::size_t classes);

}  // namespace crossfold::stats
