#include "pace.h"

#include <array>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

namespace crossfold {
namespace {

using Held = std::vector<fleet::ItemAtHand>;

MeasuredWork cohorts(const std::vector<double>& paces, double cost = 10) {
  MeasuredWork work;
  for (const double pace : paces) work.add(cost, pace * cost);
  return work;
}

/// Mean, spread and censoring by numpy and scipy: expectation and maximisation, 500 steps.
TEST(Pace, IsWhatACensoredLogNormalSampleSays) {
  const PaceSources sources{
      .first = {}, .later = cohorts({1, 2, 1.5, 3}), .before = {}, .workers = 2};
  const auto ended = pace_of(sources, {});
  ASSERT_TRUE(ended.has_value());
  EXPECT_NEAR(ended->log_mean, 0.5493061443, 1e-9);
  EXPECT_NEAR(ended->log_variance, 0.1274758280, 1e-9);
  EXPECT_NEAR(ended->mean(), 1.8460423149, 1e-9);
  const auto censored = pace_of(sources, Held{{1, 10, 40}, {1, 10, 5}});
  EXPECT_NEAR(censored->log_mean, 0.7647940264, 1e-5);
  EXPECT_NEAR(censored->log_variance, 0.2467888931, 1e-5);
}

TEST(Pace, IsNotBentByItemsThatHaveJustStarted) {
  const PaceSources sources{
      .first = {}, .later = cohorts({1, 2, 1.5, 3}), .before = {}, .workers = 2};
  const double alone = pace_of(sources, {})->mean();
  EXPECT_NEAR(pace_of(sources, Held{{1, 10, 0.01}})->mean(), alone, 0.15 * alone);
  EXPECT_DOUBLE_EQ(pace_of(sources, Held{{1, 10, 0}})->mean(), alone);
}

TEST(Pace, CountsCohortsByTheirCost) {
  MeasuredWork later = cohorts({1}, 90);
  later.add(10, 100);
  const auto pace = pace_of({.first = {}, .later = later, .before = {}, .workers = 1}, {});
  EXPECT_NEAR(pace->log_mean, 0.1 * std::log(10), 1e-12);
}

/// scipy.stats.lognorm(s=0.5, scale=20): expect(lb=t, conditional=True) - t.
TEST(Pace, ExpectsMoreOfAnItemTheLongerItIsLate) {
  const Pace pace{.log_mean = std::log(2), .log_variance = 0.25, .cohorts = 4, .usual_cost = 10};
  EXPECT_NEAR(pace.rest_s({1, 10, 0}), 22.662969061, 1e-6);
  EXPECT_NEAR(pace.rest_s({1, 10, 5}), 17.714052491, 1e-6);
  EXPECT_NEAR(pace.rest_s({1, 10, 30}), 11.038937625, 1e-6);
  EXPECT_NEAR(pace.rest_s({1, 10, 200}), 22.169257954, 1e-5);
  EXPECT_GT(pace.rest_s({1, 10, 1e6}), pace.rest_s({1, 10, 1e5}));
  EXPECT_EQ(pace.rest_s({1, 0, 5}), 0);
}

TEST(Pace, TakesEarlierSessionsAsOneCohortAWorker) {
  PaceSources sources{.first = {}, .later = {}, .before = 3, .workers = 2};
  EXPECT_NEAR(pace_of(sources, {})->mean(), 3, 1e-12);
  sources.first = cohorts({10, 10});
  EXPECT_NEAR(pace_of(sources, {})->mean(), 3, 1e-12) << "first cohorts tell less than a session";
  sources.later = cohorts({2, 2, 2, 2});
  const double mean = pace_of(sources, {})->mean();
  EXPECT_GT(mean, 2.2);
  EXPECT_LT(mean, 2.5) << "four of six";
}

TEST(Pace, TakesWhatWarmsWorkersUpFromTheirFirstCohorts) {
  const auto first = [](double seconds) {
    MeasuredWork work;
    work.add(5, seconds);
    work.add(5, seconds);
    return pace_of({.first = work, .later = {}, .before = {}, .workers = 2}, {})->mean();
  };
  EXPECT_NEAR(first(10.2), 2, 1e-12);
  EXPECT_NEAR(first(0.1), 0.01, 1e-12) << "half of it at most";
  EXPECT_FALSE(pace_of({.first = {}, .later = {}, .before = {}, .workers = 2}, {}).has_value());
}

TEST(Pace, HasAHeavyTailWhereFewCohortsTakeMuchLongerThanMost) {
  const auto is_heavy = [](const std::vector<double>& paces) {
    return pace_of({.first = {}, .later = cohorts(paces), .before = {}, .workers = 1}, {})
        ->has_heavy_tail();
  };
  // Quantiles of a Pareto distribution of index 1.5, and of a log-normal one as wide.
  std::vector<double> pareto;
  for (int i = 0; i < 20; ++i) pareto.push_back(std::pow(1 - (i + 0.5) / 20, -1 / 1.5));
  EXPECT_TRUE(is_heavy(pareto));
  std::vector<double> normal;
  for (const double z : {-1.6, -1.0, -0.7, -0.4, -0.1, 0.1, 0.4, 0.7, 1.0, 1.6})
    normal.push_back(std::exp(0.67 * z));
  EXPECT_FALSE(is_heavy(normal));
  EXPECT_FALSE(is_heavy({1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1})) << "all alike";
  pareto.resize(9);
  pareto.back() = 50;
  EXPECT_FALSE(is_heavy(pareto)) << "nine say too little";
}

TEST(Pace, IsBetterKnownWithMoreCohortsAndForMoreOfThem) {
  const PaceSources few{.first = {}, .later = cohorts({1, 2, 1, 2}), .before = {}, .workers = 1};
  PaceSources many = few;
  for (int i = 0; i < 10; ++i) {
    many.later.add(10, 10);
    many.later.add(10, 20);
  }
  EXPECT_LT(pace_of(many, {})->variance_of(1000), 0.5 * pace_of(few, {})->variance_of(1000));
  EXPECT_LT(pace_of(many, {})->variance_of(1000), pace_of(many, {})->variance_of(10));
}

}  // namespace
}  // namespace crossfold
