#include "crossfold/stats/bagged_scores.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "crossfold/core/error.h"
#include "crossfold/stats/scores.h"
#include "crossfold/stats/summary.h"

#include "rank_steps.h"

namespace crossfold::stats {
namespace {

constexpr std::size_t kLanes = BootstrapBags::kLanes;

/// Adds steps / denominators to the scores of one block of bags.
void add_ratios(const RankSteps& steps, std::span<const std::uint8_t> weights,
                std::span<const double> denominators, std::span<double> scores, bool narrow) {
  const auto add = [&](const auto& numerators) {
    for (std::size_t i = 0; i < kLanes; ++i)
      scores[i] += static_cast<double>(numerators[i]) / denominators[i];
  };
  if (narrow)
    add(steps.run<std::uint16_t, std::uint32_t>(weights));
  else
    add(steps.run<std::uint32_t, std::uint64_t>(weights));
}

/// The first of the largest, as in score_probabilities.
std::int32_t predicted_class(std::span<const double> row) {
  return static_cast<std::int32_t>(std::max_element(row.begin(), row.end()) - row.begin());
}

struct MeanOverSplits {
  std::optional<double> mean;
  std::optional<double> error;
};

MeanOverSplits mean_over_splits(std::span<const double> defined, double test_share) {
  if (defined.empty()) return {};
  const auto n = static_cast<double>(defined.size());
  double sum = 0;
  for (const double score : defined) sum += score;
  const double mean = sum / n;
  Summary summary;
  summary.n = defined.size();
  if (summary.n > 1) {
    double squares = 0;
    for (const double score : defined) squares += (score - mean) * (score - mean);
    summary.sd = std::sqrt(squares / (n - 1));
  }
  return {.mean = mean, .error = corrected_standard_error(summary, test_share)};
}

}  // namespace

BaggedScorer::BaggedScorer(BaggedSamples samples, const BootstrapBags& bags, BagMetric metric)
    : samples_(std::move(samples)), bags_(&bags), metric_(metric) {
  const std::size_t n = samples_.labels.size();
  CF_EXPECT(samples_.classes > 0 && samples_.groups.size() == n);
  CF_EXPECT(std::isfinite(samples_.test_share) && samples_.test_share >= 0);
  for (const std::int32_t label : samples_.labels)
    CF_EXPECT(label >= 0 && static_cast<std::size_t>(label) < samples_.classes);
  for (const std::uint32_t group : samples_.groups) CF_EXPECT(group < bags.groups());
  for (const auto& folds : samples_.folds) CF_EXPECT(folds.size() == n);
  find_splits();
  for (Split& split : splits_) find_denominators(split);
}

void BaggedScorer::find_splits() {
  for (std::size_t seed = 0; seed < samples_.folds.size(); ++seed) {
    const std::vector<std::uint32_t>& folds = samples_.folds[seed];
    const std::size_t first = splits_.size();
    for (std::uint32_t i = 0; i < folds.size(); ++i) {
      CF_EXPECT(folds[i] < folds.size());
      while (splits_.size() <= first + folds[i]) splits_.emplace_back().seed = seed;
      splits_[first + folds[i]].samples.push_back(i);
    }
  }
}

void BaggedScorer::find_denominators(Split& split) const {
  const std::size_t padded = padded_bags();
  std::uint64_t largest = 0;
  const auto fill = [&](Side& side, auto weights_of_block) {
    std::vector<std::uint64_t> weight(samples_.classes * padded, 0);
    for (std::size_t block = 0; block < bags_->blocks(); ++block) {
      const std::span<const std::uint8_t> weights = (bags_->*weights_of_block)(block);
      for (const std::uint32_t sample : split.samples) {
        const auto label = static_cast<std::size_t>(samples_.labels[sample]);
        const std::size_t row = label * padded + block * kLanes;
        const std::size_t group = samples_.groups[sample] * kLanes;
        for (std::size_t i = 0; i < kLanes; ++i) weight[row + i] += weights[group + i];
      }
    }
    side.denominators.resize(weight.size());
    side.defined_classes.assign(padded, 0);
    for (std::size_t bag = 0; bag < padded; ++bag) {
      std::uint64_t all = 0;
      for (std::size_t c = 0; c < samples_.classes; ++c) all += weight[c * padded + bag];
      largest = std::max(largest, all);
      for (std::size_t c = 0; c < samples_.classes; ++c) {
        const std::uint64_t own = weight[c * padded + bag];
        const std::uint64_t divisor = metric_ == BagMetric::auc ? 2 * own * (all - own) : own;
        if (divisor > 0) ++side.defined_classes[bag];
        side.denominators[c * padded + bag] =
            static_cast<double>(std::max(divisor, std::uint64_t{1}));
      }
    }
  };
  fill(split.in, &BootstrapBags::in_bag);
  fill(split.out, &BootstrapBags::out_of_bag);
  split.narrow = 2 * largest <= std::numeric_limits<std::uint16_t>::max();
  CF_ENSURE(2 * largest <= std::numeric_limits<std::uint32_t>::max());
}

BaggedScorer::SplitScores BaggedScorer::score_split(const Split& split,
                                                    std::span<const double> probabilities) const {
  const std::size_t classes = samples_.classes;
  const std::size_t padded = padded_bags();
  SplitScores scores{.in = std::vector<double>(padded, 0), .out = std::vector<double>(padded, 0)};
  RankSteps steps;
  std::vector<RankedSample> ranked(split.samples.size());
  for (std::size_t c = 0; c < classes; ++c) {
    steps.clear();
    if (metric_ == BagMetric::auc) {
      std::transform(split.samples.begin(), split.samples.end(), ranked.begin(),
                     [&](std::uint32_t i) -> RankedSample {
                       return {.score = probabilities[i * classes + c],
                               .group = samples_.groups[i],
                               .positive = static_cast<std::size_t>(samples_.labels[i]) == c};
                     });
      rank_into(steps, ranked);
    } else {
      for (const std::uint32_t i : split.samples) {
        const auto row = probabilities.subspan(i * classes, classes);
        if (static_cast<std::size_t>(samples_.labels[i]) == c &&
            predicted_class(row) == samples_.labels[i])
          steps.add(StepKind::hit, samples_.groups[i]);
      }
    }
    for (std::size_t block = 0; block < bags_->blocks(); ++block) {
      const std::size_t at = block * kLanes;
      const auto divisors = [&](const Side& side) {
        return std::span(side.denominators).subspan(c * padded + at, kLanes);
      };
      add_ratios(steps, bags_->in_bag(block), divisors(split.in),
                 std::span(scores.in).subspan(at, kLanes), split.narrow);
      add_ratios(steps, bags_->out_of_bag(block), divisors(split.out),
                 std::span(scores.out).subspan(at, kLanes), split.narrow);
    }
  }
  return scores;
}

BagScores BaggedScorer::score(std::span<const std::vector<double>> probabilities) const {
  CF_EXPECT(probabilities.size() == samples_.folds.size());
  for (const std::vector<double>& of_seed : probabilities) {
    CF_EXPECT(of_seed.size() == samples_.labels.size() * samples_.classes);
    validate_probabilities(of_seed, samples_.classes);
  }
  std::vector<SplitScores> scores;
  scores.reserve(splits_.size());
  for (const Split& split : splits_)
    scores.push_back(score_split(split, probabilities[split.seed]));

  BagScores result;
  std::vector<double> in;
  std::vector<double> out;
  for (std::size_t bag = 0; bag < bags_->bags(); ++bag) {
    in.clear();
    out.clear();
    for (std::size_t s = 0; s < splits_.size(); ++s) {
      if (const std::uint32_t k = splits_[s].in.defined_classes[bag]; k > 0)
        in.push_back(scores[s].in[bag] / k);
      if (const std::uint32_t k = splits_[s].out.defined_classes[bag]; k > 0)
        out.push_back(scores[s].out[bag] / k);
    }
    const MeanOverSplits in_bag = mean_over_splits(in, samples_.test_share);
    result.in_bag.push_back(in_bag.mean);
    result.in_bag_error.push_back(in_bag.error);
    result.out_of_bag.push_back(mean_over_splits(out, samples_.test_share).mean);
  }
  return result;
}

}  // namespace crossfold::stats
