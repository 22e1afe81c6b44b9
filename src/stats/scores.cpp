#include "crossfold/stats/scores.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/error.h"

namespace crossfold::stats {
namespace {

/// Samples of one class against the rest, at the predictions.
struct Counts {
  std::uint64_t true_positive = 0;
  std::uint64_t false_positive = 0;
  std::uint64_t false_negative = 0;
  std::uint64_t true_negative = 0;

  [[nodiscard]] std::uint64_t positives() const { return true_positive + false_negative; }
};

std::optional<double> ratio(std::uint64_t numerator, std::uint64_t denominator) {
  if (denominator == 0) return std::nullopt;
  return static_cast<double>(numerator) / static_cast<double>(denominator);
}

/// Share of the pairs in which the positive is above the negative. Sorts its arguments.
std::optional<double> auc_of_sides(std::vector<double> positives, std::vector<double> negatives) {
  if (positives.empty() || negatives.empty()) return std::nullopt;
  std::sort(positives.begin(), positives.end());
  std::sort(negatives.begin(), negatives.end());
  std::uint64_t half_wins = 0;  // a win counts two, a tie one
  auto below = negatives.begin();
  auto not_above = negatives.begin();
  for (const double score : positives) {
    while (below != negatives.end() && *below < score) ++below;
    while (not_above != negatives.end() && *not_above <= score) ++not_above;
    half_wins += static_cast<std::uint64_t>(below - negatives.begin()) +
                 static_cast<std::uint64_t>(not_above - negatives.begin());
  }
  return ratio(half_wins, 2 * std::uint64_t{positives.size()} * negatives.size());
}

std::optional<double> class_auc(std::span<const double> probabilities,
                                std::span<const std::int32_t> labels, std::size_t classes,
                                std::size_t positive_class, std::size_t support) {
  std::vector<double> positives;
  std::vector<double> negatives;
  positives.reserve(support);
  negatives.reserve(labels.size() - support);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const bool positive = static_cast<std::size_t>(labels[i]) == positive_class;
    (positive ? positives : negatives).push_back(probabilities[i * classes + positive_class]);
  }
  return auc_of_sides(std::move(positives), std::move(negatives));
}

/// Entry [true class, predicted class] of a K x K matrix.
std::vector<std::uint64_t> confusion_matrix(std::span<const double> probabilities,
                                            std::span<const std::int32_t> labels,
                                            std::size_t classes) {
  std::vector<std::uint64_t> matrix(classes * classes, 0);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    CF_EXPECT(labels[i] >= 0 && static_cast<std::size_t>(labels[i]) < classes);
    const auto row = probabilities.subspan(i * classes, classes);
    const auto predicted = std::max_element(row.begin(), row.end()) - row.begin();
    ++matrix[static_cast<std::size_t>(labels[i]) * classes + static_cast<std::size_t>(predicted)];
  }
  return matrix;
}

Counts counts_of_class(std::span<const std::uint64_t> matrix, std::size_t classes, std::size_t c) {
  Counts counts;
  for (std::size_t truth = 0; truth < classes; ++truth) {
    for (std::size_t predicted = 0; predicted < classes; ++predicted) {
      const std::uint64_t samples = matrix[truth * classes + predicted];
      if (truth == c)
        (predicted == c ? counts.true_positive : counts.false_negative) += samples;
      else
        (predicted == c ? counts.false_positive : counts.true_negative) += samples;
    }
  }
  return counts;
}

ClassScores rates(const Counts& counts) {
  return {.auc = std::nullopt,
          .sensitivity = ratio(counts.true_positive, counts.positives()),
          .specificity = ratio(counts.true_negative, counts.true_negative + counts.false_positive),
          .precision = ratio(counts.true_positive, counts.true_positive + counts.false_positive),
          .f1 = ratio(2 * counts.true_positive,
                      2 * counts.true_positive + counts.false_positive + counts.false_negative),
          .support = static_cast<std::uint32_t>(counts.positives())};
}

/// sens spec / ((1 - sens)(1 - spec)) = TP TN / (FN FP): the class sizes cancel, and an absent
/// class makes both products 0.
std::optional<double> odds_ratio(const Counts& counts) {
  const std::uint64_t right = counts.true_positive * counts.true_negative;
  const std::uint64_t wrong = counts.false_negative * counts.false_positive;
  if (wrong == 0 && right > 0) return std::numeric_limits<double>::infinity();
  return ratio(right, wrong);
}

struct DefinedMean {
  std::optional<double> mean;
  std::uint32_t undefined = 0;
};

DefinedMean mean_over_classes(const std::vector<ClassScores>& classes,
                              std::optional<double> ClassScores::*score) {
  DefinedMean result;
  double sum = 0;
  for (const ClassScores& one : classes) {
    if (one.*score)
      sum += *(one.*score);
    else
      ++result.undefined;
  }
  const std::size_t defined = classes.size() - result.undefined;
  if (defined > 0) result.mean = sum / static_cast<double>(defined);
  return result;
}

}  // namespace

std::optional<double> roc_auc(std::span<const double> scores,
                              std::span<const std::uint8_t> positive) {
  CF_EXPECT(scores.size() == positive.size());
  std::vector<double> positives;
  std::vector<double> negatives;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    CF_VALIDATE(!std::isnan(scores[i]), ErrorCode::bad_input,
                fmt::format("the score of sample {} is nan (it cannot be ranked). look at the "
                            "model's training: it may have diverged",
                            i));
    (positive[i] != 0 ? positives : negatives).push_back(scores[i]);
  }
  return auc_of_sides(std::move(positives), std::move(negatives));
}

void validate_probabilities(std::span<const double> probabilities, std::size_t classes) {
  for (std::size_t i = 0; i < probabilities.size(); ++i) {
    const double value = probabilities[i];
    CF_VALIDATE(value >= 0 && value <= 1, ErrorCode::bad_input,  // false for NaN
                fmt::format("the probability of sample {} for class {} is {} (it must lie between "
                            "0 and 1). look at the model's training: it may have diverged",
                            i / classes, i % classes, value));
  }
}

ScoreSet score_probabilities(std::span<const double> probabilities,
                             std::span<const std::int32_t> labels, std::size_t classes) {
  CF_EXPECT(classes > 0);
  CF_EXPECT(probabilities.size() == labels.size() * classes);
  validate_probabilities(probabilities, classes);
  const std::vector<std::uint64_t> matrix = confusion_matrix(probabilities, labels, classes);

  ScoreSet set;
  set.samples = static_cast<std::uint32_t>(labels.size());
  set.classes.reserve(classes);
  std::uint64_t right = 0;
  for (std::size_t c = 0; c < classes; ++c) {
    const Counts counts = counts_of_class(matrix, classes, c);
    right += counts.true_positive;
    set.classes.push_back(rates(counts));
    set.classes.back().auc =
        class_auc(probabilities, labels, classes, c, set.classes.back().support);
    if (classes == 2 && c == 1) set.diagnostic_odds_ratio = odds_ratio(counts);
  }
  set.accuracy = ratio(right, labels.size());
  const DefinedMean auc = mean_over_classes(set.classes, &ClassScores::auc);
  set.auc = auc.mean;
  set.undefined_aucs = auc.undefined;
  const DefinedMean recall = mean_over_classes(set.classes, &ClassScores::sensitivity);
  set.acc = recall.mean;
  set.undefined_recalls = recall.undefined;
  // The specificity of class 1 is the recall of class 0.
  if (classes == 2 && recall.undefined == 0) set.balanced_accuracy = recall.mean;
  return set;
}

std::vector<double> softmax_rows(std::span<const double> logits, std::size_t classes) {
  CF_EXPECT(classes > 0 && logits.size() % classes == 0);
  std::vector<double> probabilities(logits.begin(), logits.end());
  for (std::size_t start = 0; start < probabilities.size(); start += classes) {
    const auto row = std::span(probabilities).subspan(start, classes);
    const double largest = *std::max_element(row.begin(), row.end());
    double sum = 0;
    for (double& value : row) {
      value = std::exp(value - largest);
      sum += value;
    }
    for (double& value : row) value /= sum;
  }
  return probabilities;
}

}  // namespace crossfold::stats
