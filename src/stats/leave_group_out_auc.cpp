#include "crossfold/stats/leave_group_out_auc.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

#include "crossfold/core/error.h"
#include "crossfold/stats/scores.h"

namespace crossfold::stats {
namespace {

/// Samples in the order of their groups.
struct Grouped {
  std::vector<std::size_t> order;   ///< [n]
  std::vector<std::size_t> starts;  ///< [groups + 1], into `order`
};

Grouped by_group(std::span<const std::uint32_t> groups, std::vector<std::uint32_t>& names) {
  Grouped grouped;
  grouped.order.resize(groups.size());
  std::iota(grouped.order.begin(), grouped.order.end(), std::size_t{0});
  std::stable_sort(grouped.order.begin(), grouped.order.end(),
                   [&](std::size_t a, std::size_t b) { return groups[a] < groups[b]; });
  for (std::size_t i = 0; i < grouped.order.size(); ++i) {
    if (i > 0 && groups[grouped.order[i]] == names.back()) continue;
    names.push_back(groups[grouped.order[i]]);
    grouped.starts.push_back(i);
  }
  grouped.starts.push_back(groups.size());
  return grouped;
}

/// One class against the rest. A pair that is ranked right counts two half wins, a tie one.
class ClassPairs {
 public:
  ClassPairs(std::span<const double> probabilities, std::span<const std::int32_t> labels,
             std::size_t classes, std::size_t class_label)
      : half_wins_(labels.size(), 0) {
    scores_.reserve(labels.size());
    positive_.reserve(labels.size());
    for (std::size_t i = 0; i < labels.size(); ++i) {
      scores_.push_back(probabilities[i * classes + class_label]);
      positive_.push_back(static_cast<std::size_t>(labels[i]) == class_label ? 1 : 0);
    }
    positives_ = static_cast<std::uint64_t>(std::count(positive_.begin(), positive_.end(), 1));
    count_pairs();
  }

  [[nodiscard]] std::optional<double> auc() const {
    return ratio(half_wins_of_all_, positives_, samples() - positives_);
  }
  /// Without these samples.
  [[nodiscard]] std::optional<double> auc_without(std::span<const std::size_t> left_out) const {
    std::uint64_t lost = 0;
    std::uint64_t positives = 0;
    for (const std::size_t i : left_out) {
      lost += half_wins_[i];
      positives += positive_[i];
    }
    const std::uint64_t negatives = left_out.size() - positives;
    if (positives > 0 && negatives > 0) lost -= half_wins_among(left_out);
    return ratio(half_wins_of_all_ - lost, positives_ - positives,
                 samples() - positives_ - negatives);
  }

 private:
  [[nodiscard]] std::uint64_t samples() const { return positive_.size(); }

  static std::optional<double> ratio(std::uint64_t half_wins, std::uint64_t positives,
                                     std::uint64_t negatives) {
    if (positives == 0 || negatives == 0) return std::nullopt;
    return static_cast<double>(half_wins) / static_cast<double>(2 * positives * negatives);
  }

  /// What each sample wins against all of the other side, in one pass over the ranks.
  void count_pairs() {
    std::vector<std::size_t> rank(scores_.size());
    std::iota(rank.begin(), rank.end(), std::size_t{0});
    std::sort(rank.begin(), rank.end(),
              [&](std::size_t a, std::size_t b) { return scores_[a] < scores_[b]; });
    std::uint64_t positives_below = 0;
    std::uint64_t negatives_below = 0;
    for (std::size_t first = 0; first < rank.size();) {
      std::size_t last = first;
      std::uint64_t positives = 0;
      for (; last < rank.size() && scores_[rank[last]] == scores_[rank[first]]; ++last)
        positives += positive_[rank[last]];
      const std::uint64_t negatives = last - first - positives;
      const std::uint64_t positives_above = positives_ - positives_below - positives;
      for (std::size_t i = first; i < last; ++i)
        half_wins_[rank[i]] = positive_[rank[i]] != 0 ? 2 * negatives_below + negatives
                                                      : 2 * positives_above + positives;
      half_wins_of_all_ += positives * (2 * negatives_below + negatives);
      positives_below += positives;
      negatives_below += negatives;
      first = last;
    }
  }

  /// Of pairs with both samples among these.
  [[nodiscard]] std::uint64_t half_wins_among(std::span<const std::size_t> samples) const {
    std::uint64_t half_wins = 0;
    for (const std::size_t a : samples)
      for (const std::size_t b : samples)
        if (positive_[a] != 0 && positive_[b] == 0)
          half_wins += scores_[a] > scores_[b] ? 2 : (scores_[a] == scores_[b] ? 1 : 0);
    return half_wins;
  }

  std::vector<double> scores_;
  std::vector<std::uint8_t> positive_;
  std::vector<std::uint64_t> half_wins_;
  std::uint64_t positives_ = 0;
  std::uint64_t half_wins_of_all_ = 0;
};

/// A mean of what is defined.
struct RunningMean {
  double sum = 0;
  std::size_t n = 0;
  void add(const std::optional<double>& value) {
    if (!value) return;
    sum += *value;
    ++n;
  }
  [[nodiscard]] std::optional<double> mean() const {
    return n == 0 ? std::nullopt : std::optional(sum / static_cast<double>(n));
  }
};

}  // namespace

LeaveGroupOutAuc leave_group_out_auc(std::span<const double> probabilities,
                                     std::span<const std::int32_t> labels, std::size_t classes,
                                     std::span<const std::uint32_t> groups) {
  CF_EXPECT(groups.size() == labels.size());
  CF_EXPECT(probabilities.size() == labels.size() * classes);
  validate_probabilities(probabilities, classes);
  LeaveGroupOutAuc result;
  if (labels.empty()) return result;
  const Grouped grouped = by_group(groups, result.groups);
  RunningMean all;
  std::vector<RunningMean> without(result.groups.size());
  for (std::size_t class_label = 0; class_label < classes; ++class_label) {
    const ClassPairs pairs(probabilities, labels, classes, class_label);
    all.add(pairs.auc());
    for (std::size_t g = 0; g < without.size(); ++g)
      without[g].add(pairs.auc_without(
          std::span(grouped.order)
              .subspan(grouped.starts[g], grouped.starts[g + 1] - grouped.starts[g])));
  }
  result.all = all.mean();
  for (const RunningMean& one : without) result.without.push_back(one.mean());
  return result;
}

std::optional<double> jackknife_error(std::span<const double> without) {
  if (without.size() < 2) return std::nullopt;
  const auto n = static_cast<double>(without.size());
  const double mean = std::accumulate(without.begin(), without.end(), 0.0) / n;
  double squares = 0;
  for (const double value : without) squares += (value - mean) * (value - mean);
  return std::sqrt((n - 1) / n * squares);
}

}  // namespace crossfold::stats
