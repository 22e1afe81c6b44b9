#include "crossfold/stats/scores.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <string>

#include <gmock/gmock.h>

#include "crossfold/core/error.h"
#include "crossfold/core/random_stream.h"

#include "stats/recorded.h"

namespace crossfold::stats {
namespace {

using ::testing::DoubleEq;
using ::testing::Optional;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

void expect_class_scores(const ClassScores& ours, const nlohmann::json& recorded) {
  EXPECT_TRUE(agrees(ours.auc, recorded["auc"]));
  EXPECT_TRUE(agrees(ours.sensitivity, recorded["sensitivity"]));
  EXPECT_TRUE(agrees(ours.specificity, recorded["specificity"]));
  EXPECT_TRUE(agrees(ours.precision, recorded["precision"]));
  EXPECT_TRUE(agrees(ours.f1, recorded["f1"]));
  EXPECT_EQ(ours.support, recorded["support"]);
}

void expect_scores(const ScoreSet& ours, const nlohmann::json& recorded) {
  EXPECT_TRUE(agrees(ours.auc, recorded["auc"]));
  EXPECT_TRUE(agrees(ours.acc, recorded["acc"]));
  EXPECT_TRUE(agrees(ours.accuracy, recorded["accuracy"]));
  EXPECT_TRUE(agrees(ours.balanced_accuracy, recorded["balanced_accuracy"]));
  EXPECT_TRUE(agrees(ours.diagnostic_odds_ratio, recorded["diagnostic_odds_ratio"]));
  EXPECT_EQ(ours.samples, recorded["samples"]);
  EXPECT_EQ(ours.undefined_aucs, recorded["undefined_aucs"]);
  EXPECT_EQ(ours.undefined_recalls, recorded["undefined_recalls"]);
  ASSERT_EQ(ours.classes.size(), recorded["classes"].size());
  for (std::size_t c = 0; c < ours.classes.size(); ++c) {
    SCOPED_TRACE("class " + std::to_string(c));
    expect_class_scores(ours.classes[c], recorded["classes"][c]);
  }
}

void expect_error(ErrorCode code, const std::string& message, const std::function<void()>& act) {
  try {
    act();
    ADD_FAILURE() << "no error; expected: " << message;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code);
    EXPECT_EQ(error.message(), message);
  }
}

/// Every pair looked at.
double auc_by_pairs(std::span<const double> scores, std::span<const std::uint8_t> positive) {
  double wins = 0;
  double pairs = 0;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    for (std::size_t j = 0; j < scores.size(); ++j) {
      if (positive[i] == 0 || positive[j] != 0) continue;
      pairs += 1;
      wins += scores[i] > scores[j] ? 1.0 : scores[i] == scores[j] ? 0.5 : 0.0;
    }
  }
  return wins / pairs;
}

TEST(Scores, EqualScikitLearnsWithTiesAbsentClassesAndSingleSamples) {
  const nlohmann::json recorded = read_recorded("score_cases.json");
  ASSERT_GE(recorded["cases"].size(), 20U);
  for (const auto& one : recorded["cases"]) {
    SCOPED_TRACE(one["name"].get<std::string>());
    expect_scores(score_probabilities(recorded_doubles(one["probabilities"]),
                                      one["labels"].get<std::vector<std::int32_t>>(),
                                      one["classes"].get<std::size_t>()),
                  one["expected"]);
  }
}

TEST(Scores, TakeTheFirstOfEqualProbabilities) {
  const std::vector<double> probabilities = {0.25, 0.375, 0.375, 0.5, 0.5, 0.0};
  const std::vector<std::int32_t> labels = {1, 0};
  EXPECT_THAT(score_probabilities(probabilities, labels, 3).accuracy, Optional(1.0));
}

TEST(Scores, OfOneClassAreRecallAloneWithoutAnAuc) {
  const ScoreSet set =
      score_probabilities(std::vector<double>{1.0, 1.0}, std::vector<std::int32_t>{0, 0}, 1);
  EXPECT_THAT(set.acc, Optional(1.0));
  EXPECT_EQ(set.auc, std::nullopt);
  EXPECT_EQ(set.undefined_aucs, 1U);
}

TEST(Scores, DoNotDependOnTheOrderOfTheSamples) {
  RandomStream stream({.root_seed = 4}, "order");
  constexpr std::size_t kSamples = 200;
  std::vector<double> logits(3 * kSamples);
  std::vector<std::int32_t> labels(kSamples);
  for (double& logit : logits) logit = static_cast<double>(stream.below(5));
  for (std::int32_t& label : labels) label = static_cast<std::int32_t>(stream.below(3));
  const std::vector<double> probabilities = softmax_rows(logits, 3);
  std::vector<double> reversed;
  for (std::size_t i = kSamples; i-- > 0;)
    reversed.insert(reversed.end(), probabilities.begin() + static_cast<std::ptrdiff_t>(3 * i),
                    probabilities.begin() + static_cast<std::ptrdiff_t>(3 * i + 3));
  const ScoreSet first = score_probabilities(probabilities, labels, 3);
  std::reverse(labels.begin(), labels.end());
  const ScoreSet second = score_probabilities(reversed, labels, 3);
  EXPECT_EQ(first.auc, second.auc);
  EXPECT_EQ(first.acc, second.acc);
  EXPECT_EQ(first.classes[2].f1, second.classes[2].f1);
}

TEST(Scores, NameTheFirstInvalidProbability) {
  const std::vector<std::int32_t> labels = {0, 1};
  const auto message = [](const char* place, const char* value) {
    return std::string("the probability of ") + place + " is " + value +
           " (it must lie between 0 and 1). look at the model's training: it may have diverged";
  };
  const auto score = [&](std::vector<double> probabilities) {
    return [&labels, probabilities] { (void)score_probabilities(probabilities, labels, 2); };
  };
  expect_error(ErrorCode::bad_input, message("sample 1 for class 0", "nan"),
               score({0.5, 0.5, kNan, kNan}));
  expect_error(ErrorCode::bad_input, message("sample 0 for class 1", "1.25"),
               score({0.5, 1.25, 0.5, 0.5}));
  expect_error(ErrorCode::bad_input, message("sample 0 for class 0", "-inf"),
               score({-kInfinity, 1.0, 0.5, 0.5}));
}

TEST(Scores, TakeALabelOutOfRangeOrAWrongLengthForABug) {
  const std::vector<double> probabilities = {0.5, 0.5, 0.5, 0.5};
  const auto code = [&](std::vector<std::int32_t> labels, std::size_t classes) {
    try {
      (void)score_probabilities(probabilities, labels, classes);
    } catch (const Error& error) {
      return error.code();
    }
    return ErrorCode::usage;
  };
  EXPECT_EQ(code({0, 2}, 2), ErrorCode::internal);
  EXPECT_EQ(code({-1, 0}, 2), ErrorCode::internal);
  EXPECT_EQ(code({0, 1, 1}, 2), ErrorCode::internal);
  EXPECT_EQ(code({}, 0), ErrorCode::internal);
  EXPECT_THROW((void)roc_auc(std::vector<double>{1.0}, std::vector<std::uint8_t>{}), Error);
  EXPECT_THROW((void)softmax_rows(std::vector<double>{1.0, 2.0, 3.0}, 2), Error);
}

TEST(RocAuc, CountsMorePairsThan32BitsHold) {
  const nlohmann::json recorded = read_recorded("score_cases.json")["large_auc"];
  const auto samples = recorded["samples"].get<std::int64_t>();
  std::vector<double> scores;
  std::vector<std::uint8_t> positive;
  for (std::int64_t i = 0; i < samples; ++i) {
    scores.push_back(static_cast<double>(i * 7919 % 100'003) / 100'003.0);
    positive.push_back((i * 31 + i * i % 17) % 5 < 2 ? 1 : 0);
  }
  EXPECT_TRUE(agrees(roc_auc(scores, positive), recorded["auc"]));
}

TEST(RocAuc, EqualsTheShareOfPairsInTheRightOrder) {
  RandomStream stream({.root_seed = 3}, "auc");
  for (std::uint64_t levels = 1; levels < 40; ++levels) {
    std::vector<double> scores;
    std::vector<std::uint8_t> positive = {0, 1};
    while (positive.size() < 70) positive.push_back(static_cast<std::uint8_t>(stream.below(2)));
    while (scores.size() < positive.size())
      scores.push_back(static_cast<double>(stream.below(levels)) - 7.0);
    EXPECT_THAT(roc_auc(scores, positive), Optional(DoubleEq(auc_by_pairs(scores, positive))));
  }
}

TEST(RocAuc, RanksInfinitiesAtTheEndsAndBothZerosTogether) {
  const std::vector<double> scores = {-kInfinity, 0.0, -0.0, kInfinity};
  EXPECT_THAT(roc_auc(scores, std::vector<std::uint8_t>{0, 0, 1, 1}), Optional(0.875));
  EXPECT_THAT(roc_auc(scores, std::vector<std::uint8_t>{1, 0, 0, 0}), Optional(0.0));
  EXPECT_THAT(roc_auc(scores, std::vector<std::uint8_t>{0, 0, 0, 255}), Optional(1.0));
}

TEST(RocAuc, IsUndefinedWithOneSideOnly) {
  const std::vector<double> scores = {0.1, 0.2};
  EXPECT_EQ(roc_auc(scores, std::vector<std::uint8_t>{0, 0}), std::nullopt);
  EXPECT_EQ(roc_auc(scores, std::vector<std::uint8_t>{1, 1}), std::nullopt);
  EXPECT_EQ(roc_auc({}, {}), std::nullopt);
}

TEST(RocAuc, RefusesAScoreThatIsNoNumber) {
  expect_error(ErrorCode::bad_input,
               "the score of sample 1 is nan (it cannot be ranked). look at the model's training: "
               "it may have diverged",
               [] {
                 (void)roc_auc(std::vector<double>{0.5, kNan}, std::vector<std::uint8_t>{0, 1});
               });
}

TEST(Softmax, EqualsScipysForLargeAndInfiniteLogits) {
  const nlohmann::json recorded = read_recorded("score_cases.json")["softmax"];
  const std::vector<double> ours =
      softmax_rows(recorded_doubles(recorded["logits"]), recorded["classes"].get<std::size_t>());
  ASSERT_EQ(ours.size(), recorded["probabilities"].size());
  for (std::size_t i = 0; i < ours.size(); ++i)
    EXPECT_NEAR(ours[i], recorded["probabilities"][i].get<double>(), 1e-15) << "entry " << i;
}

TEST(Softmax, KeepsDifferencesThatFloat32WouldLose) {
  const std::vector<double> probabilities = softmax_rows(std::vector<double>{20, 0, 21, 0}, 2);
  EXPECT_LT(probabilities[0], probabilities[2]);
  EXPECT_EQ(static_cast<float>(probabilities[0]), static_cast<float>(probabilities[2]));
}

TEST(Softmax, LeavesADivergedRowForTheScoresToRefuse) {
  for (const double bad : {kNan, kInfinity}) {
    const std::vector<double> probabilities = softmax_rows(std::vector<double>{0, 1, 2, bad}, 2);
    EXPECT_GT(probabilities[1], 0.5);
    EXPECT_TRUE(std::isnan(probabilities[2]) || std::isnan(probabilities[3]));
    EXPECT_THROW((void)score_probabilities(probabilities, std::vector<std::int32_t>{0, 1}, 2),
                 Error);
  }
}

}  // namespace
}  // namespace crossfold::stats
