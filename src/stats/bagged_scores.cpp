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

template <class Totals>
void add_ratios(const Totals& numerators, std::span<const double> denominators,
                std::span<double> scores) {
  for (std::size_t i = 0; i < kLanes; ++i)
    scores[i] += static_cast<double>(numerators[i]) / denominators[i];
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
  const std::size_t classes = samples_.classes;
  std::uint64_t largest_weight = 0;
  std::uint64_t largest_divisor = 0;
  const auto fill = [&](Side& side, auto weights_of_block) {
    side.denominators.resize(bags_->blocks() * classes * kLanes);
    side.defined_classes.assign(bags_->blocks() * kLanes, 0);
    std::vector<std::uint64_t> weight(classes * kLanes);
    for (std::size_t block = 0; block < bags_->blocks(); ++block) {
      const std::span<const std::uint8_t> weights = (bags_->*weights_of_block)(block);
      std::fill(weight.begin(), weight.end(), 0);
      for (const std::uint32_t sample : split.samples) {
        const std::size_t row = static_cast<std::size_t>(samples_.labels[sample]) * kLanes;
        const std::size_t group = samples_.groups[sample] * kLanes;
        for (std::size_t i = 0; i < kLanes; ++i) weight[row + i] += weights[group + i];
      }
      for (std::size_t i = 0; i < kLanes; ++i) {
        std::uint64_t all = 0;
        for (std::size_t c = 0; c < classes; ++c) all += weight[c * kLanes + i];
        largest_weight = std::max(largest_weight, all);
        for (std::size_t c = 0; c < classes; ++c) {
          const std::uint64_t own = weight[c * kLanes + i];
          const std::uint64_t divisor = metric_ == BagMetric::auc ? 2 * own * (all - own) : own;
          largest_divisor = std::max(largest_divisor, divisor);
          if (divisor > 0) ++side.defined_classes[block * kLanes + i];
          side.denominators[(block * classes + c) * kLanes + i] =
              static_cast<double>(std::max(divisor, std::uint64_t{1}));
        }
      }
    }
  };
  fill(split.in, &BootstrapBags::in_bag);
  fill(split.out, &BootstrapBags::out_of_bag);
  constexpr std::uint64_t k16Bits = std::numeric_limits<std::uint16_t>::max();
  CF_ENSURE(2 * largest_weight <= std::numeric_limits<std::uint32_t>::max());
  if (2 * largest_weight <= k16Bits)
    split.integers =
        largest_divisor <= k16Bits ? Integers::of_16_and_16_bits : Integers::of_16_and_32_bits;
}

RankSteps BaggedScorer::numerator_of(const Split& split, std::size_t class_index,
                                     std::span<const double> probabilities) const {
  const std::size_t classes = samples_.classes;
  const auto is_of_class = [&](std::uint32_t i) {
    return static_cast<std::size_t>(samples_.labels[i]) == class_index;
  };
  RankSteps steps;
  if (metric_ == BagMetric::auc) {
    std::vector<RankedSample> ranked(split.samples.size());
    std::transform(split.samples.begin(), split.samples.end(), ranked.begin(),
                   [&](std::uint32_t i) -> RankedSample {
                     return {.score = probabilities[i * classes + class_index],
                             .group = samples_.groups[i],
                             .positive = is_of_class(i)};
                   });
    rank_into(steps, ranked);
  } else {
    for (const std::uint32_t i : split.samples)
      if (is_of_class(i) &&
          predicted_class(probabilities.subspan(i * classes, classes)) == samples_.labels[i])
        steps.add(StepKind::hit, samples_.groups[i]);
  }
  return steps;
}

BaggedScorer::Numerators BaggedScorer::numerators_of(
    std::span<const std::vector<double>> probabilities) const {
  CF_EXPECT(probabilities.size() == samples_.folds.size());
  for (const std::vector<double>& of_seed : probabilities) {
    CF_EXPECT(of_seed.size() == samples_.labels.size() * samples_.classes);
    validate_probabilities(of_seed, samples_.classes);
  }
  Numerators numerators;
  numerators.reserve(splits_.size() * samples_.classes);
  for (const Split& split : splits_)
    for (std::size_t c = 0; c < samples_.classes; ++c)
      numerators.push_back(numerator_of(split, c, probabilities[split.seed]));
  return numerators;
}

void BaggedScorer::score_block(const Numerators& numerators, std::size_t block, Side Split::*side,
                               std::vector<double>& scores) const {
  const std::span<const std::uint8_t> weights =
      side == &Split::in ? bags_->in_bag(block) : bags_->out_of_bag(block);
  const std::size_t classes = samples_.classes;
  scores.assign(splits_.size() * kLanes, 0);
  for (std::size_t s = 0; s < splits_.size(); ++s) {
    const std::span<double> sums = std::span(scores).subspan(s * kLanes, kLanes);
    for (std::size_t c = 0; c < classes; ++c) {
      const RankSteps& steps = numerators[s * classes + c];
      const auto divisors = std::span((splits_[s].*side).denominators)
                                .subspan((block * classes + c) * kLanes, kLanes);
      switch (splits_[s].integers) {
        case Integers::of_16_and_16_bits:
          add_ratios(steps.run<std::uint16_t, std::uint16_t>(weights), divisors, sums);
          break;
        case Integers::of_16_and_32_bits:
          add_ratios(steps.run<std::uint16_t, std::int32_t>(weights), divisors, sums);
          break;
        case Integers::of_32_and_64_bits:
          add_ratios(steps.run<std::uint32_t, std::int64_t>(weights), divisors, sums);
          break;
      }
    }
  }
}

std::span<const double> BaggedScorer::defined_scores(std::span<const double> scores,
                                                     std::size_t bag, Side Split::*side,
                                                     std::vector<double>& room) const {
  room.clear();
  for (std::size_t s = 0; s < splits_.size(); ++s)
    if (const std::uint32_t k = (splits_[s].*side).defined_classes[bag]; k > 0)
      room.push_back(scores[s * kLanes + bag % kLanes] / k);
  return room;
}

BagScores BaggedScorer::score_in_bag(std::span<const std::vector<double>> probabilities) const {
  const Numerators numerators = numerators_of(probabilities);
  BagScores result;
  result.in_bag.reserve(bags_->bags());
  result.in_bag_error.reserve(bags_->bags());
  std::vector<double> scores;
  std::vector<double> room;
  for (std::size_t bag = 0; bag < bags_->bags(); ++bag) {
    if (bag % kLanes == 0) score_block(numerators, bag / kLanes, &Split::in, scores);
    const MeanOverSplits in_bag =
        mean_over_splits(defined_scores(scores, bag, &Split::in, room), samples_.test_share);
    result.in_bag.push_back(in_bag.mean);
    result.in_bag_error.push_back(in_bag.error);
  }
  return result;
}

std::vector<std::optional<double>> BaggedScorer::score_out_of_bag(
    std::span<const std::vector<double>> probabilities, const std::vector<bool>& asked) const {
  CF_EXPECT(asked.size() == bags_->bags());
  const Numerators numerators = numerators_of(probabilities);
  std::vector<std::optional<double>> result(bags_->bags());
  std::optional<std::size_t> scored;  // block
  std::vector<double> scores;
  std::vector<double> room;
  for (std::size_t bag = 0; bag < bags_->bags(); ++bag) {
    if (!asked[bag]) continue;
    if (scored != bag / kLanes) {
      scored = bag / kLanes;
      score_block(numerators, *scored, &Split::out, scores);
    }
    result[bag] =
        mean_over_splits(defined_scores(scores, bag, &Split::out, room), samples_.test_share).mean;
  }
  return result;
}

}  // namespace crossfold::stats
