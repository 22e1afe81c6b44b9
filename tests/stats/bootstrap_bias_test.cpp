#include "crossfold/stats/bootstrap_bias.h"

#include <algorithm>
#include <cmath>
#include <string>

#include <gmock/gmock.h>

#include "crossfold/core/error.h"

#include "stats/recorded.h"

namespace crossfold::stats {
namespace {

using ::testing::ElementsAre;

/// The generator of make_bootstrap_cases.py.
class Lcg {
 public:
  double uniform() {
    state_ = (state_ * 1103515245 + 12345) % (std::uint64_t{1} << 31U);
    return static_cast<double>(state_) / static_cast<double>(std::uint64_t{1} << 31U);
  }
  std::uint32_t below(std::size_t bound) {
    return static_cast<std::uint32_t>(uniform() * static_cast<double>(bound));
  }

 private:
  std::uint64_t state_ = 2018;
};

struct Study {
  BaggedSamples samples;
  std::vector<std::vector<std::vector<double>>> candidates;  ///< [candidates][seeds][n, K]
};

/// The data of make_bootstrap_cases.py.
Study recorded_study(const nlohmann::json& sizes) {
  const auto size = [&](const char* name) { return sizes[name].get<std::size_t>(); };
  Lcg lcg;
  Study study;
  BaggedSamples& samples = study.samples;
  samples.classes = size("classes");
  for (std::size_t i = 0; i < size("samples"); ++i)
    samples.labels.push_back(static_cast<std::int32_t>(lcg.below(samples.classes)));
  for (std::size_t i = 0; i < size("samples"); ++i)
    samples.groups.push_back(lcg.below(size("patients")));
  for (std::size_t seed = 0; seed < size("seeds"); ++seed) {
    std::vector<std::uint32_t> fold_of;
    for (std::size_t p = 0; p < size("patients"); ++p) fold_of.push_back(lcg.below(size("folds")));
    samples.folds.emplace_back();
    for (const std::uint32_t group : samples.groups) samples.folds.back().push_back(fold_of[group]);
  }
  for (std::size_t candidate = 0; candidate < size("candidates"); ++candidate) {
    study.candidates.emplace_back(size("seeds"));
    for (std::vector<double>& probabilities : study.candidates.back()) {
      for (const std::int32_t label : samples.labels) {
        for (std::size_t c = 0; c < samples.classes; ++c)
          probabilities.push_back(std::floor(100 * lcg.uniform()) / 200);
        const std::size_t row = probabilities.size() - samples.classes;
        probabilities[row + static_cast<std::size_t>(label)] +=
            static_cast<double>(candidate % 4) * 0.02;
      }
    }
  }
  return study;
}

BagScores scores_in_and_out(const BaggedScorer& scorer,
                            const std::vector<std::vector<double>>& probabilities,
                            std::size_t bag_count) {
  BagScores scores = scorer.score_in_bag(probabilities);
  scores.out_of_bag = scorer.score_out_of_bag(probabilities, std::vector<bool>(bag_count, true));
  return scores;
}

std::optional<std::size_t> best_in_bag(std::span<const BagScores> candidates, std::size_t bag) {
  std::optional<std::size_t> best;
  for (std::size_t c = 0; c < candidates.size(); ++c) {
    if (candidates[c].in_bag.empty()) continue;
    const std::optional<double>& score = candidates[c].in_bag[bag];
    if (score && (!best || score > candidates[*best].in_bag[bag])) best = c;
  }
  return best;
}

std::optional<CorrectedScore> corrected_best(const std::vector<BagScores>& scores) {
  std::vector<std::optional<std::size_t>> choices;
  if (!scores.empty())
    for (std::size_t bag = 0; bag < scores.back().in_bag.size(); ++bag)
      choices.push_back(best_in_bag(scores, bag));
  return bootstrap_bias_corrected(scores, choices);
}

TEST(BootstrapBias, EqualsNumpysRecipeWithinItsMonteCarloError) {
  const nlohmann::json recorded = read_recorded("bootstrap_cases.json");
  constexpr std::size_t kBags = 4000;
  for (const auto& one : recorded["cases"]) {
    SCOPED_TRACE(one["name"].get<std::string>());
    Study study = recorded_study(recorded["sizes"]);
    if (one["name"] == "pooled") {
      for (auto& folds : study.samples.folds) std::fill(folds.begin(), folds.end(), 0U);
    }
    RandomStream stream({.root_seed = 1}, "bootstrap");
    const BootstrapBags bags(recorded["sizes"]["patients"].get<std::size_t>(), kBags, stream);
    const BaggedScorer scorer(study.samples, bags, BagMetric::auc);
    std::vector<BagScores> scores;
    for (const auto& candidate : study.candidates)
      scores.push_back(scores_in_and_out(scorer, candidate, kBags));
    const auto corrected = corrected_best(scores);
    ASSERT_TRUE(corrected);
    EXPECT_EQ(corrected->bags, kBags);
    const double error =
        one["sd"].get<double>() * std::sqrt(1.0 / kBags + 1 / one["bags"].get<double>());
    EXPECT_NEAR(corrected->mean, one["mean"].get<double>(), 4 * error);
    EXPECT_NEAR(corrected->interval.low, one["low"].get<double>(), 12 * error);
    EXPECT_NEAR(corrected->interval.high, one["high"].get<double>(), 12 * error);
    for (std::size_t c = 0; c < study.candidates.size(); ++c)
      EXPECT_NEAR(corrected->chosen[c] / static_cast<double>(kBags), one["chosen"][c].get<double>(),
                  0.035);
    // Lower than the best score that was chosen for being the best.
    EXPECT_LT(corrected->mean, *std::max_element(one["plain"].begin(), one["plain"].end()));
  }
}

/// Predictions that know nothing of the labels.
std::vector<std::vector<double>> noise_predictions(std::size_t n, RandomStream& stream) {
  std::vector<double> probabilities;
  for (std::size_t i = 0; i < n; ++i) {
    const double p = stream.uniform();
    probabilities.push_back(1 - p);
    probabilities.push_back(p);
  }
  return {probabilities};
}

struct Biases {
  double corrected = 0;
  double naive = 0;
};

/// Means over 20 data sets of 500 candidates of noise, whose AUC is 0.5.
Biases biases_on_noise(std::uint32_t folds) {
  constexpr std::size_t kSets = 20;
  constexpr std::size_t kSamples = 400;
  RandomStream data({.root_seed = 3}, "noise");
  Biases bias;
  for (std::uint64_t set = 0; set < kSets; ++set) {
    BaggedSamples samples;
    samples.classes = 2;
    samples.folds.resize(1);
    for (std::uint32_t i = 0; i < kSamples; ++i) {
      samples.labels.push_back(static_cast<std::int32_t>(data.below(2)));
      samples.groups.push_back(i);
      samples.folds[0].push_back(i % folds);
    }
    RandomStream stream({.root_seed = set}, "bootstrap");
    constexpr std::size_t kBags = 192;
    const BootstrapBags bags(kSamples, kBags, stream);
    const BaggedScorer scorer(samples, bags, BagMetric::auc);
    std::vector<BagScores> scores;
    double best = 0;
    for (std::size_t candidate = 0; candidate < 500; ++candidate) {
      scores.push_back(scores_in_and_out(scorer, noise_predictions(kSamples, data), kBags));
      double mean = 0;  // over the bags: close to the plain score
      for (const auto& score : scores.back().in_bag) mean += *score / kBags;
      best = std::max(best, mean);
    }
    bias.corrected += (corrected_best(scores)->mean - 0.5) / kSets;
    bias.naive += (best - 0.5) / kSets;
  }
  return bias;
}

TEST(BootstrapBias, VanishesOnCandidatesOfNoise) {
  for (const std::uint32_t folds : {1U, 5U}) {
    const Biases bias = biases_on_noise(folds);
    RecordProperty("corrected_" + std::to_string(folds), std::to_string(bias.corrected));
    EXPECT_LE(std::abs(bias.corrected), 0.005) << folds << " folds";
    EXPECT_GE(bias.naive, 0.02) << folds << " folds";
  }
}

BagScores scores_of(std::vector<std::optional<double>> in, std::vector<std::optional<double>> out) {
  return {.in_bag = std::move(in), .in_bag_error = {}, .out_of_bag = std::move(out)};
}

TEST(BootstrapBias, ScoresEachBagsChoiceOutsideIt) {
  const std::vector<BagScores> scores = {scores_of({0.5, 0.75, 0.5}, {0.125, 0.25, 0.375}),
                                         scores_of({0.625, 0.5, 0.75}, {0.5, 0.625, 0.75})};
  const auto corrected = corrected_best(scores);
  ASSERT_TRUE(corrected);
  EXPECT_DOUBLE_EQ(corrected->mean, (0.5 + 0.25 + 0.75) / 3);
  EXPECT_EQ(corrected->bags, 3U);
  EXPECT_THAT(corrected->chosen, ElementsAre(1, 2));
  EXPECT_DOUBLE_EQ(corrected->interval.low, 0.25 + 0.05 * 0.25);
  EXPECT_DOUBLE_EQ(corrected->interval.high, 0.5 + 0.95 * 0.25);
}

TEST(BootstrapBias, CountsBagsWithoutAChoiceOrAScore) {
  const std::vector<BagScores> scores = {
      scores_of({std::nullopt, 0.75, 0.5}, {0.125, std::nullopt, 0.375})};
  const auto corrected = corrected_best(scores);
  ASSERT_TRUE(corrected);
  EXPECT_EQ(corrected->mean, 0.375);
  EXPECT_EQ(corrected->undefined, 2U);
  EXPECT_EQ(corrected->bags, 1U);
  EXPECT_EQ(corrected_best({scores_of({std::nullopt}, {0.5})}), std::nullopt);
  EXPECT_EQ(corrected_best({}), std::nullopt);
}

TEST(BootstrapBias, PassesOverCandidatesWithoutScores) {
  const auto corrected = corrected_best({scores_of({}, {}), scores_of({0.5}, {0.25})});
  ASSERT_TRUE(corrected);
  EXPECT_EQ(corrected->mean, 0.25);
  EXPECT_THAT(corrected->chosen, ElementsAre(0, 1));
}

TEST(BootstrapBias, TakesAChoiceThatIsNotScoredForABug) {
  EXPECT_THROW((void)corrected_best({scores_of({0.5, 0.5}, {0.5})}), Error);
  EXPECT_THROW((void)corrected_best({scores_of({0.5, 0.5}, {})}), Error);
}

}  // namespace
}  // namespace crossfold::stats
