#include "crossfold/stats/bagged_scores.h"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>

#include "crossfold/core/error.h"
#include "crossfold/stats/scores.h"
#include "crossfold/stats/summary.h"

namespace crossfold::stats {
namespace {

using ::testing::Each;
using ::testing::Eq;
using ::testing::IsEmpty;

struct Data {
  BaggedSamples samples;
  std::vector<std::vector<double>> probabilities;  ///< [seeds]
};

/// Samples of `groups` patients, some with many and some with none; scores in tenths, so with ties.
Data make_data(std::size_t n, std::size_t classes, std::size_t groups, std::size_t folds,
               std::size_t seeds) {
  RandomStream stream({.root_seed = 5}, "data");
  Data data;
  data.samples.classes = classes;
  data.samples.test_share = 0.5;
  for (std::size_t i = 0; i < n; ++i) {
    data.samples.labels.push_back(static_cast<std::int32_t>(stream.below(classes)));
    data.samples.groups.push_back(static_cast<std::uint32_t>(stream.below(groups)));
  }
  for (std::size_t seed = 0; seed < seeds; ++seed) {
    std::vector<std::uint32_t> fold_of;
    std::vector<double> probabilities;
    for (std::size_t i = 0; i < n; ++i) fold_of.push_back(static_cast<std::uint32_t>(i % folds));
    for (std::size_t i = 0; i < n * classes; ++i)
      probabilities.push_back(static_cast<double>(stream.below(11)) / 10);
    data.samples.folds.push_back(std::move(fold_of));
    data.probabilities.push_back(std::move(probabilities));
  }
  return data;
}

/// The scores of all splits, each sample taken as often as `times` says of its group.
Summary of_replicated_samples(const Data& data, std::size_t folds, BagMetric metric,
                              const auto& times) {
  std::vector<std::optional<double>> scores;
  const std::size_t k = data.samples.classes;
  for (std::size_t seed = 0; seed < data.probabilities.size(); ++seed) {
    for (std::size_t fold = 0; fold < folds; ++fold) {
      std::vector<double> probabilities;
      std::vector<std::int32_t> labels;
      for (std::size_t i = 0; i < data.samples.labels.size(); ++i) {
        if (data.samples.folds[seed][i] != fold) continue;
        for (std::size_t t = times(data.samples.groups[i]); t > 0; --t) {
          labels.push_back(data.samples.labels[i]);
          for (std::size_t c = 0; c < k; ++c)
            probabilities.push_back(data.probabilities[seed][i * k + c]);
        }
      }
      const ScoreSet set = score_probabilities(probabilities, labels, k);
      scores.push_back(metric == BagMetric::auc ? set.auc : set.acc);
    }
  }
  return summarize(scores);
}

void expect_same(std::optional<double> ours, std::optional<double> theirs) {
  ASSERT_EQ(ours.has_value(), theirs.has_value());
  if (ours) {
    EXPECT_NEAR(*ours, *theirs, 1e-15);
  }
}

BagScores scores_in_and_out(const BaggedScorer& scorer, const Data& data, std::size_t bag_count) {
  BagScores scores = scorer.score_in_bag(data.probabilities);
  EXPECT_THAT(scores.out_of_bag, IsEmpty());
  scores.out_of_bag =
      scorer.score_out_of_bag(data.probabilities, std::vector<bool>(bag_count, true));
  return scores;
}

void expect_scores_of_replicated_samples(const Data& data, std::size_t groups, std::size_t folds,
                                         std::size_t bag_count) {
  RandomStream stream({.root_seed = 6}, "bootstrap");
  const BootstrapBags bags(groups, bag_count, stream);
  for (const BagMetric metric : {BagMetric::auc, BagMetric::acc}) {
    const BagScores scores =
        scores_in_and_out(BaggedScorer(data.samples, bags, metric), data, bag_count);
    ASSERT_EQ(scores.in_bag.size(), bag_count);
    ASSERT_EQ(scores.out_of_bag.size(), bag_count);
    for (std::size_t bag = 0; bag < bag_count; ++bag) {
      const auto times = [&](std::uint32_t group) -> std::size_t {
        return bags.multiplicity(group, bag);
      };
      const Summary in = of_replicated_samples(data, folds, metric, times);
      expect_same(scores.in_bag[bag], in.mean);
      expect_same(scores.in_bag_error[bag], corrected_standard_error(in, data.samples.test_share));
      const Summary out = of_replicated_samples(
          data, folds, metric, [&](std::uint32_t group) { return times(group) == 0 ? 1U : 0U; });
      expect_same(scores.out_of_bag[bag], out.mean);
    }
  }
}

TEST(BaggedScores, AreThoseOfThePhysicallyReplicatedSamples) {
  expect_scores_of_replicated_samples(make_data(150, 3, 60, 4, 2), 60, 4, 130);
}

/// make_data() deals every seed alike. Here the others have other folds, one more and one fewer.
TEST(BaggedScores, OfEachSeedAreThoseOfItsOwnFolds) {
  Data data = make_data(150, 3, 60, 4, 3);
  for (std::size_t i = 0; i < 150; ++i) {
    data.samples.folds[1][i] = static_cast<std::uint32_t>(i / 2 % 5);
    data.samples.folds[2][i] = static_cast<std::uint32_t>(i / 3 % 3);
  }
  expect_scores_of_replicated_samples(data, 60, 5, 20);
}

TEST(BaggedScores, LeaveOutFoldsWithoutTheClassesTheyNeed) {
  expect_scores_of_replicated_samples(make_data(12, 3, 6, 4, 2), 6, 4, 100);
}

TEST(BaggedScores, CountPairsBeyond16Bits) {
  expect_scores_of_replicated_samples(make_data(1'000, 3, 100, 1, 1), 100, 1, 10);
}

TEST(BaggedScores, CountBeyond16Bits) {
  expect_scores_of_replicated_samples(make_data(40'000, 2, 3, 1, 1), 3, 1, 2);
}

TEST(BaggedScores, OfOneBagDoNotDependOnTheOthers) {
  const Data data = make_data(100, 2, 40, 5, 1);
  const auto scores_of = [&](std::size_t bag_count) {
    RandomStream stream({.root_seed = 6}, "bootstrap");
    const BootstrapBags bags(40, bag_count, stream);
    return scores_in_and_out(BaggedScorer(data.samples, bags, BagMetric::auc), data, bag_count);
  };
  const BagScores few = scores_of(3);
  const BagScores many = scores_of(100);
  for (std::size_t bag = 0; bag < 3; ++bag) {
    EXPECT_EQ(few.in_bag[bag], many.in_bag[bag]);
    EXPECT_EQ(few.out_of_bag[bag], many.out_of_bag[bag]);
  }
}

TEST(BaggedScores, OutOfTheBagAreOfTheBagsAskedForAlone) {
  constexpr std::size_t kBags = 200;
  const Data data = make_data(100, 2, 40, 5, 1);
  RandomStream stream({.root_seed = 6}, "bootstrap");
  const BootstrapBags bags(40, kBags, stream);
  const BaggedScorer scorer(data.samples, bags, BagMetric::auc);
  const BagScores all = scores_in_and_out(scorer, data, kBags);
  std::vector<bool> asked(kBags);
  for (const std::size_t bag : {3U, 63U, 64U, 199U}) asked[bag] = true;
  const auto some = scorer.score_out_of_bag(data.probabilities, asked);
  ASSERT_EQ(some.size(), kBags);
  for (std::size_t bag = 0; bag < kBags; ++bag)
    EXPECT_EQ(some[bag], asked[bag] ? all.out_of_bag[bag] : std::nullopt);
}

TEST(BaggedScores, AreUndefinedWithOneClassOnly) {
  Data data = make_data(20, 2, 20, 2, 1);
  std::fill(data.samples.labels.begin(), data.samples.labels.end(), 1);
  RandomStream stream({.root_seed = 6}, "bootstrap");
  const BootstrapBags bags(20, 10, stream);
  const BagScores scores =
      scores_in_and_out(BaggedScorer(data.samples, bags, BagMetric::auc), data, 10);
  EXPECT_THAT(scores.in_bag, Each(Eq(std::nullopt)));
  EXPECT_THAT(scores.in_bag_error, Each(Eq(std::nullopt)));
  EXPECT_THAT(scores.out_of_bag, Each(Eq(std::nullopt)));
}

TEST(BaggedScores, NameTheFirstInvalidProbability) {
  Data data = make_data(20, 2, 20, 2, 1);
  RandomStream stream({.root_seed = 6}, "bootstrap");
  const BootstrapBags bags(20, 10, stream);
  data.probabilities[0][9] = std::numeric_limits<double>::quiet_NaN();
  try {
    (void)BaggedScorer(data.samples, bags, BagMetric::auc).score_in_bag(data.probabilities);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::bad_input);
    EXPECT_EQ(error.message(),
              "the probability of sample 4 for class 1 is nan (it must lie between 0 and 1). look "
              "at the model's training: it may have diverged");
  }
}

TEST(BaggedScores, TakeWrongSizesForABug) {
  const Data data = make_data(20, 2, 20, 2, 1);
  RandomStream stream({.root_seed = 6}, "bootstrap");
  const BootstrapBags bags(10, 10, stream);  // patients 10 to 19 are in none
  EXPECT_THROW(BaggedScorer(data.samples, bags, BagMetric::auc), Error);
  const BootstrapBags all(20, 10, stream);
  const BaggedScorer scorer(data.samples, all, BagMetric::auc);
  EXPECT_THROW((void)scorer.score_in_bag({}), Error);
  EXPECT_THROW((void)scorer.score_out_of_bag(data.probabilities, std::vector<bool>(9)), Error);
}

}  // namespace
}  // namespace crossfold::stats
