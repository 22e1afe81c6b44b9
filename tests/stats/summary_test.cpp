#include "crossfold/stats/summary.h"

#include <cmath>
#include <limits>
#include <numbers>

#include <gmock/gmock.h>

#include "crossfold/core/error.h"

#include "stats/recorded.h"

namespace crossfold::stats {
namespace {

using ::testing::Optional;

using Scores = std::vector<std::optional<double>>;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

ErrorCode code_of(const auto& act) {
  try {
    act();
  } catch (const Error& error) {
    return error.code();
  }
  return ErrorCode::usage;
}

TEST(Summary, EqualsNumpysWithStudentsIntervalToTheLastDigits) {
  const nlohmann::json recorded = read_recorded("summary_cases.json");
  ASSERT_GE(recorded["summaries"].size(), 8U);
  for (const auto& one : recorded["summaries"]) {
    SCOPED_TRACE(one["name"].get<std::string>());
    const nlohmann::json& expected = one["expected"];
    const Summary summary = summarize(recorded_scores(one["values"]));
    EXPECT_EQ(summary.n, expected["n"]);
    EXPECT_EQ(summary.undefined, expected["undefined"]);
    EXPECT_TRUE(agrees(summary.mean, expected["mean"]));
    EXPECT_TRUE(agrees(summary.sd, expected["sd"]));
    EXPECT_TRUE(agrees(summary.median, expected["median"]));
    const auto share = one["test_share"].get<double>();
    EXPECT_TRUE(agrees(corrected_standard_error(summary, share), expected["standard_error"]));
    const auto interval = corrected_interval(summary, share, one["confidence"].get<double>());
    ASSERT_EQ(interval.has_value(), !expected["low"].is_null());
    if (!interval) continue;
    EXPECT_TRUE(agrees(interval->low, expected["low"]));
    EXPECT_TRUE(agrees(interval->high, expected["high"]));
  }
}

TEST(Summary, OfEqualValuesIsExact) {
  const Summary summary = summarize(Scores(50, 0.1));
  EXPECT_THAT(summary.mean, Optional(0.1));
  EXPECT_THAT(summary.sd, Optional(0.0));
  EXPECT_THAT(summary.median, Optional(0.1));
  const auto interval = corrected_interval(summary, 1.0 / 9);
  ASSERT_TRUE(interval);
  EXPECT_EQ(interval->low, 0.1);
  EXPECT_EQ(interval->high, 0.1);
}

/// With two values t is that of one degree of freedom: tan(0.475 pi) = 12.706 for 95 %.
TEST(Summary, HasAnIntervalOf95PercentUnlessSaid) {
  const auto interval = corrected_interval(summarize(Scores{0.5, 0.75}), 0.5);
  ASSERT_TRUE(interval);
  const double reach = std::tan(0.475 * std::numbers::pi) * 0.25 / std::sqrt(2.0);
  EXPECT_NEAR(interval->low, 0.625 - reach, 1e-12);
  EXPECT_NEAR(interval->high, 0.625 + reach, 1e-12);
}

TEST(Summary, WithAnInfiniteValueKeepsTheMedianAndDropsTheSd) {
  const Summary summary = summarize(Scores{2.0, kInfinity, 4.0, 8.0});
  EXPECT_EQ(summary.n, 4U);
  EXPECT_THAT(summary.mean, Optional(kInfinity));
  EXPECT_EQ(summary.sd, std::nullopt);
  EXPECT_THAT(summary.median, Optional(6.0));
  EXPECT_EQ(corrected_standard_error(summary, 0.1), std::nullopt);
  EXPECT_EQ(corrected_interval(summary, 0.1), std::nullopt);
  EXPECT_THAT(summarize(Scores{kInfinity, 1.0, kInfinity, kInfinity}).median, Optional(kInfinity));
  const Summary both_ends = summarize(Scores{-kInfinity, kInfinity});
  EXPECT_EQ(both_ends.mean, std::nullopt);
  EXPECT_EQ(both_ends.median, std::nullopt);
}

TEST(Summary, NeedsUndefinedToBeEmptyAndNotNan) {
  EXPECT_EQ(code_of([] { (void)summarize(Scores{0.5, kNan}); }), ErrorCode::internal);
  const Summary summary = summarize(Scores{0.5, 0.6});
  EXPECT_EQ(code_of([&] { (void)corrected_standard_error(summary, -0.1); }), ErrorCode::internal);
  EXPECT_EQ(code_of([&] { (void)corrected_standard_error(summary, kNan); }), ErrorCode::internal);
  EXPECT_EQ(code_of([&] { (void)corrected_interval(summary, 0.1, 1.0); }), ErrorCode::internal);
}

TEST(PairedTest, EqualsScipysPlainTestWithTheErrorCorrected) {
  const nlohmann::json recorded = read_recorded("summary_cases.json");
  ASSERT_GE(recorded["paired"].size(), 5U);
  for (const auto& one : recorded["paired"]) {
    SCOPED_TRACE(one["name"].get<std::string>());
    const nlohmann::json& expected = one["expected"];
    const auto test = corrected_paired_test(recorded_scores(one["a"]), recorded_scores(one["b"]),
                                            one["test_share"].get<double>());
    ASSERT_TRUE(test);
    EXPECT_EQ(test->n, expected["n"]);
    EXPECT_TRUE(agrees(test->mean_difference, expected["mean_difference"]));
    EXPECT_TRUE(agrees(test->standard_error, expected["standard_error"]));
    EXPECT_TRUE(agrees(test->t, expected["t"]));
    const auto p = expected["p"].get<double>();  // may be tiny: relative
    EXPECT_NEAR(test->p, p, 1e-12 * p);
  }
}

TEST(PairedTest, OfEqualScoresFindsNothing) {
  const auto test = corrected_paired_test(Scores{0.5, 0.75, 0.625}, Scores{0.5, 0.75, 0.625}, 0.1);
  ASSERT_TRUE(test);
  EXPECT_EQ(test->mean_difference, 0.0);
  EXPECT_EQ(test->t, 0.0);
  EXPECT_EQ(test->p, 1.0);
}

TEST(PairedTest, OfAConstantDifferenceIsCertain) {
  const auto test = corrected_paired_test(Scores{0.5, 0.75, 0.625}, Scores{0.75, 1.0, 0.875}, 0.1);
  ASSERT_TRUE(test);
  EXPECT_EQ(test->mean_difference, -0.25);
  EXPECT_EQ(test->standard_error, 0.0);
  EXPECT_EQ(test->t, -kInfinity);
  EXPECT_EQ(test->p, 0.0);
}

TEST(PairedTest, NeedsTwoDefinedPairs) {
  EXPECT_EQ(
      corrected_paired_test(Scores{0.5, std::nullopt, 0.7}, Scores{0.4, 0.5, std::nullopt}, 0.1),
      std::nullopt);
  EXPECT_EQ(corrected_paired_test(Scores{0.5, kInfinity}, Scores{0.4, 0.5}, 0.1), std::nullopt);
  EXPECT_EQ(corrected_paired_test({}, {}, 0.1), std::nullopt);
}

TEST(PairedTest, NeedsTheSameSplitsOnBothSides) {
  EXPECT_EQ(code_of([] {
              (void)corrected_paired_test(Scores{0.5, 0.6}, Scores{0.5}, 0.1);
            }),
            ErrorCode::internal);
}

TEST(Holm, EqualsTheSmallestLevelAtWhichTheProcedureRejects) {
  const nlohmann::json recorded = read_recorded("summary_cases.json");
  ASSERT_GE(recorded["holm"].size(), 7U);
  for (const auto& one : recorded["holm"]) {
    SCOPED_TRACE(one["name"].get<std::string>());
    const std::vector<double> adjusted = holm_adjust(recorded_doubles(one["p_values"]));
    ASSERT_EQ(adjusted.size(), one["adjusted"].size());
    for (std::size_t i = 0; i < adjusted.size(); ++i)
      EXPECT_TRUE(agrees(adjusted[i], one["adjusted"][i])) << "hypothesis " << i;
  }
}

TEST(Holm, TakesAnythingButProbabilitiesForABug) {
  EXPECT_EQ(code_of([] { (void)holm_adjust(std::vector<double>{0.5, 1.5}); }), ErrorCode::internal);
  EXPECT_EQ(code_of([] { (void)holm_adjust(std::vector<double>{kNan}); }), ErrorCode::internal);
}

}  // namespace
}  // namespace crossfold::stats
