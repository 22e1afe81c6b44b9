#include "crossfold/sweep/parameter_importance.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "crossfold/core/error.h"
#include "crossfold/core/random_stream.h"

#include "sweep/recorded.h"

namespace crossfold::sweep {
namespace {

using ::testing::DoubleEq;
using ::testing::DoubleNear;
using ::testing::IsEmpty;
using ::testing::Optional;

std::vector<ScoredParameters> recorded_candidates(const nlohmann::json& recorded) {
  std::vector<ScoredParameters> candidates;
  for (const auto& one : recorded) {
    candidates.push_back({.parameters = {}, .score = one["score"].get<double>()});
    for (const auto& [key, value] : one["parameters"].items()) {
      Parameter parameter{.key = key, .value = 0.0};
      if (value.is_string())
        parameter.value = value.get<std::string>();
      else
        parameter.value = value.get<double>();
      candidates.back().parameters.push_back(std::move(parameter));
    }
  }
  return candidates;
}

TEST(ParameterImportance, EqualsScipysIntegralOfTheDensities) {
  const nlohmann::json recorded = read_recorded("importance_cases.json");
  const auto candidates = recorded_candidates(recorded["candidates"]);
  for (const auto& one : recorded["cases"]) {
    SCOPED_TRACE(one["top"].dump() + " of " + one["baseline"].dump());
    const auto importances =
        parameter_importance(candidates, {.top = one["top"].get<double>(),
                                          .baseline = one["baseline"].get<double>(),
                                          .logarithmic = {"lambda.from"}});
    ASSERT_EQ(importances.size(), one["expected"].size());
    double sum = 0;
    for (const ParameterImportance& ours : importances) {
      SCOPED_TRACE(ours.key);
      const auto theirs = std::find_if(one["expected"].begin(), one["expected"].end(),
                                       [&](const auto& other) { return other["key"] == ours.key; });
      ASSERT_NE(theirs, one["expected"].end());
      EXPECT_EQ(ours.candidates, (*theirs)["candidates"]);
      EXPECT_EQ(ours.top, (*theirs)["top"]);
      const auto variance = (*theirs)["variance"].get<double>();
      EXPECT_THAT(ours.variance, Optional(DoubleNear(variance, 1e-5 * variance)));
      sum += *ours.share;
    }
    EXPECT_THAT(sum, DoubleEq(1));
  }
}

/// Candidates whose score is a function of their first parameter; the second one means nothing.
std::vector<ScoredParameters> drawn(std::size_t n, const auto& score) {
  RandomStream stream({.root_seed = 2}, "draws");
  std::vector<ScoredParameters> candidates;
  for (std::size_t i = 0; i < n; ++i) {
    const double x = stream.uniform();
    candidates.push_back(
        {.parameters = {{"x", x}, {"noise", stream.uniform()}}, .score = score(x)});
  }
  return candidates;
}

TEST(ParameterImportance, FindsWhatMatters) {
  const auto importances =
      parameter_importance(drawn(300, [](double x) { return -(x - 0.3) * (x - 0.3); }), {});
  ASSERT_EQ(importances.size(), 2U);
  EXPECT_EQ(importances[0].key, "x");
  EXPECT_GT(*importances[0].share, 0.9);
}

TEST(ParameterImportance, IsAtMostThatOfATopSetWithValuesOfItsOwn) {
  const auto importances = parameter_importance(drawn(400, [](double x) { return x; }), {});
  EXPECT_LT(*importances[0].variance, 0.1);
  EXPECT_GT(*importances[0].variance, 0.05);
}

TEST(ParameterImportance, TakesEqualsOfTheLastOneIntoTheTopSet) {
  std::vector<ScoredParameters> candidates;
  for (int i = 0; i < 20; ++i)
    candidates.push_back(
        {.parameters = {{"word", i % 2 == 0 ? "a" : "b"}}, .score = i < 5 ? 1.0 : 0.5});
  EXPECT_EQ(parameter_importance(candidates, {})[0].top, 5U);
}

TEST(ParameterImportance, TakesFewDifferentNumbersForCategories) {
  std::vector<ScoredParameters> numbers;
  std::vector<ScoredParameters> words;
  for (int i = 0; i < 40; ++i) {
    const double score = i % 4 == 1 ? 1.0 + 0.01 * i : 0.01 * i;
    numbers.push_back(
        {.parameters = {{"p", std::vector<double>{20, 40, 80, 2000}.at(i % 4)}}, .score = score});
    words.push_back({.parameters = {{"p", std::to_string(i % 4)}}, .score = score});
  }
  const auto of_numbers = parameter_importance(numbers, {});
  EXPECT_EQ(of_numbers[0].variance, parameter_importance(words, {})[0].variance);
  // The 4 best all have one of four equally frequent values: (4 / 40)^2 (1 / 0.25 - 1).
  EXPECT_THAT(of_numbers[0].variance, Optional(DoubleNear(0.03, 1e-12)));
}

/// As words, which always are categories, or as numbers on their line.
std::optional<double> variance_of(int values, int candidates, bool as_words) {
  std::vector<ScoredParameters> drawn_ones;
  for (int i = 0; i < candidates; ++i) {
    const int value = i % values;
    Parameter parameter{.key = "p", .value = static_cast<double>(value * value)};
    if (as_words) parameter.value = std::string(1, static_cast<char>('a' + value));
    drawn_ones.push_back({.parameters = {parameter}, .score = (value < 3 ? 1 : 0) - 0.01 * i});
  }
  return parameter_importance(drawn_ones, {})[0].variance;
}

TEST(ParameterImportance, TakesTwelveNumbersOfTwiceAsManyCandidatesForCategories) {
  const auto are_categories = [](int values, int candidates) {
    return variance_of(values, candidates, false) == variance_of(values, candidates, true);
  };
  EXPECT_TRUE(are_categories(12, 24));
  EXPECT_TRUE(are_categories(12, 40));
  EXPECT_FALSE(are_categories(12, 23)) << "fewer than twice as many";
  EXPECT_FALSE(are_categories(13, 40)) << "too many numbers";
  EXPECT_TRUE(are_categories(6, 12));
  EXPECT_FALSE(are_categories(11, 21));
}

TEST(ParameterImportance, LeavesOutCandidatesWithoutAScore) {
  auto candidates = drawn(50, [](double x) { return x; });
  for (std::size_t i = 0; i < 10; ++i) candidates[i].score.reset();
  EXPECT_EQ(parameter_importance(candidates, {})[0].candidates, 40U);
  EXPECT_THAT(parameter_importance({}, {}), IsEmpty());
}

TEST(ParameterImportance, IsUndefinedOfTooFewCandidatesAndZeroOfOneValue) {
  auto candidates = drawn(50, [](double x) { return x; });
  candidates[3].parameters.push_back({"rare", 1.0});
  for (ScoredParameters& one : candidates) one.parameters.push_back({"fixed", 5.0});
  const auto importances = parameter_importance(candidates, {});
  ASSERT_EQ(importances.size(), 4U);
  EXPECT_EQ(importances[2].key, "fixed");
  EXPECT_THAT(importances[2].variance, Optional(DoubleNear(0, 1e-20)));
  EXPECT_EQ(importances[3].variance, std::nullopt);
  EXPECT_EQ(importances[3].share, std::nullopt);
}

TEST(ParameterImportance, RefusesAValueThatHasNoPlaceOnTheLogScale) {
  auto candidates = drawn(50, [](double x) { return x; });
  candidates[7].parameters[0].value = 0.0;
  try {
    (void)parameter_importance(candidates, {.logarithmic = {"x"}});
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::bad_input);
    EXPECT_EQ(error.message(),
              "a value of x is 0 (it has no place on the scale). draw it on a linear scale from "
              "finite numbers");
  }
}

}  // namespace
}  // namespace crossfold::sweep
